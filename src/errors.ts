/**
 * Every failure an operator can cause or meet. `errorTable` is the one list of codes: the program
 * takes exit code and remedy from it, docs/errors.md is generated from it.
 */

import { decideErrors } from './errors/decide.ts';
import { type ErrorEntry, ExitCode } from './errors/exit-code.ts';
import { hostErrors } from './errors/host.ts';
import { registryErrors } from './errors/registry.ts';
import { usageErrors } from './errors/usage.ts';

export { type ErrorEntry, ExitCode };

export const errorTable = {
  ...usageErrors,
  ...hostErrors,
  ...registryErrors,
  ...decideErrors,
  INSTALLATION_HELD: {
    exitCode: ExitCode.held,
    meaning: 'Another changing command is at work on this installation.',
    remedy: 'Wait until it has ended, then run this command again.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

/** One place that is wrong. `line` and `column` count from 1. */
export interface Fault {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly key?: string;
  readonly message: string;
}

export interface UserErrorOptions {
  /** A remedy more exact than the table's. */
  readonly hint?: string;
  readonly faults?: readonly Fault[];
  /** Another program's words that show why, a line each: the end of a service's log. */
  readonly evidence?: readonly string[];
  readonly cause?: unknown;
  readonly left?: Left;
}

/** What a command has left that could not end well: some of it, or all. Without one it left what was there. */
export type Left = 'half done' | 'done';

/** A failure with a way out. Its stack is never shown. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: number;
  readonly faults: readonly Fault[];
  readonly evidence: readonly string[];
  readonly left: Left | undefined;

  /** @param message one sentence: what is wrong, and where */
  constructor(code: ErrorCode, message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? errorTable[code].remedy;
    this.exitCode = errorTable[code].exitCode;
    this.faults = options.faults ?? [];
    this.evidence = options.evidence ?? [];
    this.left = options.left;
  }
}

const exitCodeOf = {
  SIGHUP: ExitCode.hungUp,
  SIGINT: ExitCode.interrupted,
  SIGTERM: ExitCode.terminated,
} as const;

/** The operator, or the system, ended the program. A command that left something all the same says so with `left`. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;
  readonly signal: keyof typeof exitCodeOf;

  constructor(signal: keyof typeof exitCodeOf) {
    super('Interrupted. Nothing was left half done; the command can be run again.');
    this.exitCode = exitCodeOf[signal];
    this.signal = signal;
  }
}
