import type { Readable } from 'node:stream';
import type { Reporter } from './reporter.ts';

/** The environment of a command. Only cli.ts accesses the process itself. */
export interface Context {
  readonly reporter: Reporter;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Opened on first read. */
  readonly stdin: () => Readable & { readonly isTTY?: boolean };
  /** Writes to stdout without changes, for the format of another program. Text for people goes through the reporter. */
  readonly write: (text: string) => void;
  /** stdin and stdout are a terminal, so another program can use it. */
  readonly terminal: boolean;
  /** The program can prompt: stdin and stderr are terminals, and --json is not set. */
  readonly interactive: boolean;
  /** stdout is a terminal, and NO_COLOR is not set (no-color.org). */
  readonly colour: boolean;
  /** Aborts on SIGHUP, SIGINT, SIGQUIT and SIGTERM, unless they were ignored when the program was started. */
  readonly signal: AbortSignal;
  /** Folder of the template set; undefined: the built-in one. */
  readonly templates: string | undefined;
  /** Primary group of the user, which owns the written files. */
  readonly group: number;
  /** The user is root, with or without sudo. */
  readonly root: boolean;
  /** Version of this program. */
  readonly version: string;
}

/** The same context without cancellation by signals, for work that must finish once it has started. */
export function withoutCancellation(context: Context): Context {
  return { ...context, signal: new AbortController().signal };
}
