import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

/** A bug in code that no command waits for: it is reported like any other bug. */

let registry: EmbeddedRegistry;
let desk: Desk;
let secret: string;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
  desk = new Desk(registry);
  desk.credentials();
  desk.putDockerStandInOnPath();
  expect((await desk.run('init')).code).toBe(0);
  secret = readFileSync(desk.path('proto/backend/secrets/postgres_password'), 'utf8').trim();
  // Asks the engine for long enough.
  desk.putOnPath('docker', 'sleep 20');
});
afterAll(async () => {
  desk.remove();
  await registry.close();
});

it.each([
  ['thrown in a callback', (error: string) => `setTimeout(() => { throw ${error} }, 1500);`],
  ['of a promise', (error: string) => `setTimeout(() => Promise.reject(${error}), 1500);`],
  [
    'that is another kind of value',
    () => `setTimeout(() => Promise.reject('${'x'.repeat(9)}'), 1500);`,
  ],
])('an error %s is reported once, without secrets, and as JSON', async (_what, script) => {
  // NODE_OPTIONS is refused if it is still set when the program starts.
  const late = script(`new Error('the password is ${secret}')`);
  const preload = desk.write('late.mjs', `delete process.env.NODE_OPTIONS; ${late}`);
  desk.env.NODE_OPTIONS = `--import=${preload}`;
  const { code, document, stderr } = await desk.json('status');
  expect([code, document.ok, document.error.code]).toEqual([1, false, 'BUG']);
  expect(stderr.match(/^error: This is a bug in proto-scaffold/gm)).toHaveLength(1);
  expect(JSON.stringify(document) + stderr).not.toContain(secret);
});
