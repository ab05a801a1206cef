/**
 * Every failure that an operator can cause or encounter. `errorTable` is the only list of codes: the program
 * reads exit codes and remedies from it, and the error reference is generated from it.
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
    meaning: 'Another command is changing this installation.',
    remedy: 'Wait until it finishes, then run this command again.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

/** One location of a fault. `line` and `column` count from 1. */
export interface Fault {
  readonly file: string;
  /** `file` is not a file of the installation, but a variable or a container. */
  readonly outside?: true;
  readonly line?: number;
  readonly column?: number;
  readonly key?: string;
  readonly message: string;
}

export interface UserErrorOptions {
  /** A more specific remedy than the one in the table. */
  readonly hint?: string;
  readonly faults?: readonly Fault[];
  /** Output of another program that shows the cause, one line each: the end of a service's log. */
  readonly evidence?: readonly string[];
  readonly cause?: unknown;
  readonly left?: Left;
  /** What the JSON document contains besides the error: the plan that was not confirmed, the result so far. */
  readonly document?: object;
}

/** How much of its work a failed command completed. Absent: it changed nothing. */
export type Left = 'half done' | 'done';

/** A failure with a remedy. Its stack trace is never shown. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: number;
  readonly faults: readonly Fault[];
  readonly evidence: readonly string[];
  readonly left: Left | undefined;
  readonly document: object;

  /** @param message one sentence: what is wrong, and where */
  constructor(code: ErrorCode, message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? errorTable[code].remedy;
    this.exitCode = errorTable[code].exitCode;
    this.faults = options.faults ?? [];
    this.evidence = options.evidence ?? [];
    this.left = options.left;
    this.document = options.document ?? {};
  }
}

const exitCodeOf = {
  SIGHUP: ExitCode.hungUp,
  SIGINT: ExitCode.interrupted,
  SIGQUIT: ExitCode.quit,
  SIGTERM: ExitCode.terminated,
} as const;

/** What an interrupted command has left, as found by looking. */
export interface Outcome {
  /** A sentence. */
  readonly found: string;
  /** What to do next. */
  readonly hint: string;
}

/** The operator or the system stopped the program. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;
  readonly signal: keyof typeof exitCodeOf;
  /** Absent: the command has not changed anything that lasts, unless it said so with `Reporter.outcome`. */
  readonly outcome: Outcome | undefined;

  constructor(signal: keyof typeof exitCodeOf, outcome?: Outcome) {
    super('The command was interrupted.');
    this.exitCode = exitCodeOf[signal];
    this.signal = signal;
    this.outcome = outcome;
  }
}
