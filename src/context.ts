import type { Readable } from 'node:stream';
import type { Reporter } from './reporter.ts';

/** What a command gets from the process it runs in. cli.ts alone looks at the process itself. */
export interface Context {
  readonly reporter: Reporter;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Opened on first read. */
  readonly stdin: () => Readable & { readonly isTTY?: boolean };
  /** Writes to stdout as it is: for a format of somebody else's. What a person reads goes through the reporter. */
  readonly write: (text: string) => void;
  /** stdin and stdout are a terminal: another program can take it over. */
  readonly terminal: boolean;
  /** Somebody sits there who can answer: stdin and stderr are terminals, and --json was not given. */
  readonly interactive: boolean;
  /** stdout is a terminal, and NO_COLOR is not set (no-color.org). */
  readonly colour: boolean;
  /** Aborts on SIGHUP, SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Folder of the template set; undefined: the program's own. */
  readonly templates: string | undefined;
  /** Primary group of the user: owns what the program writes. */
  readonly group: number;
  /** The user is root, by sudo or not. */
  readonly root: boolean;
  /** Of this program. */
  readonly version: string;
}

/** The same context, but not ended by a signal: for what must come to its end once it was begun. */
export function steady(context: Context): Context {
  return { ...context, signal: new AbortController().signal };
}
