import { expect } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import type { Desk, JsonOutput } from './program.ts';

/** What an operator must be told. */
export interface Told {
  readonly code: ErrorCode;
  readonly exitCode: number;
  readonly message: RegExp;
  readonly hint: RegExp;
}

/**
 * Runs the program, which must fail in just this way: no stack trace, and nothing in the folder but
 * what was there.
 */
export async function mustFail(desk: Desk, args: string[], told: Told): Promise<JsonOutput> {
  const before = desk.tree();
  const { document, code, stderr } = await desk.json(...args);
  expect(document.error, stderr).toMatchObject({ code: told.code, exitCode: told.exitCode });
  expect(code).toBe(told.exitCode);
  expect(document.error.message).toMatch(told.message);
  expect(document.error.hint).toMatch(told.hint);
  expect(stderr).toContain(`error: ${document.error.message} [${told.code}]\n`);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(desk.tree()).toEqual(before);
  return document;
}
