import { ExitCode, type Fault, Interrupted, type Outcome, UserError } from './errors.ts';
import { SecretMask, shortestSecret } from './secret.ts';
import { visible, visibleJson } from './visible.ts';

export const outputFormatVersion = 1;

export interface ReporterOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** stderr is a terminal, so progress lines can be overwritten. */
  readonly live: boolean;
  /** The width of that terminal. A longer line cannot be overwritten. */
  readonly columns?: () => number | undefined;
  /** stdout is a terminal, so control characters must not be printed there. */
  readonly onScreen?: boolean;
  readonly version: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * The only object that prints. Without --json: results on stdout, everything else on stderr. With --json: one
 * document on stdout, text on stderr. Every secret passed to `protect` is redacted from all output. Each text is one line:
 * line ends in it come from a value that others wrote, and are escaped as control and format characters are. This is the
 * one place for it, so that no caller can forget.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #secrets = new SecretMask();
  readonly #notices = new Set<string>();
  #drawn: readonly string[] = [];
  #step = '';
  #command = '';
  #outcome: Outcome = {
    found: 'No partial changes were left behind.',
    hint: 'You can run the command again.',
  };

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  get verbose(): boolean {
    return this.#options.verbose;
  }

  /** Sets the command name for the JSON document. */
  begin(command: string): void {
    this.#command = command;
  }

  /** Sets what an interruption from now on reports: what the command has already changed for good. */
  outcome(outcome: Outcome): void {
    this.#outcome = outcome;
  }

  protect(secret: string): void {
    if (secret.length < shortestSecret) return;
    // Each line of a private key is a secret, except the first and last line.
    const lines = secret.split(/\r?\n/).filter((line) => line.length > 15 && !/^-----/.test(line));
    if (lines.length > 1) for (const line of lines) this.#secrets.add(line);
    this.#secrets.add(secret);
  }

  /** Prints a line of the result to stdout, without --json. */
  line(text = ''): void {
    if (!this.#options.json) this.#out(`${visible(this.redact(text))}\n`);
  }

  /** Prints a line that programs can read too (a value, a line of a patch): unescaped, except on a terminal. */
  exact(text: string): void {
    if (this.#options.onScreen === true) this.line(text);
    else if (!this.#options.json) this.#out(`${this.redact(text)}\n`);
  }

  /** Prints a line that contains colour codes. The caller has escaped everything else in it. */
  painted(text: string): void {
    if (!this.#options.json) this.#out(`${this.redact(text)}\n`);
  }

  /** Prints the current step. */
  step(text: string): void {
    this.#step = text;
    if (!this.#options.quiet) this.#err(text);
  }

  /** Prints the context of a prompt, even with --quiet. */
  question(text: string): void {
    this.#err(text);
  }

  /** Prints a notice for the operator once. With --json, it is also part of the document. */
  notice(text: string): void {
    const said = this.redact(text);
    if (this.#notices.has(said)) return;
    this.#notices.add(said);
    this.#err(`note: ${text}`);
  }

  /**
   * Answers a signal that a command cannot obey yet: it is between the journal and the end of a change, or waits for Docker.
   * @param signal its name
   */
  late(signal: string): void {
    const at = this.#step === '' ? '' : ` The last step was: ${this.#step}.`;
    this.notice(
      `Received ${signal}, but the command is in the middle of a change and cannot be stopped here.${at} It ends when the change is complete. A second signal ends it at once; the next command then completes the change or undoes it.`,
    );
  }

  /** Prints a detail with --verbose. */
  detail(text: string): void {
    if (this.#options.verbose) this.#err(`  ${text}`);
  }

  /** Whether lines can be overwritten, so that `draw` has an effect. */
  get draws(): boolean {
    const { live, quiet, json } = this.#options;
    return live && !quiet && !json;
  }

  /** Replaces the progress line, on a terminal only. An empty text removes it. */
  progress(text: string): void {
    this.draw(text === '' ? [] : [text]);
  }

  /** Replaces the progress lines, on a terminal only. An empty list removes them. */
  draw(lines: readonly string[]): void {
    if (!this.draws || lines.join('\n') === this.#drawn.join('\n')) return;
    const up = '\u001b[1A\r\u001b[K'.repeat(Math.max(0, this.#drawn.length - 1));
    const width = Math.max(1, (this.#options.columns?.() ?? Number.POSITIVE_INFINITY) - 1);
    const text = lines.map((line) => visible(this.redact(line)).slice(0, width)).join('\n');
    this.#options.stderr(`\r\u001b[K${up}${text}`);
    this.#drawn = lines;
  }

  /** Prints the result as a JSON document. */
  result(data: object): void {
    if (this.#options.json) this.#document({ ok: true, result: data, notices: [...this.#notices] });
  }

  /** Reports an error and returns the exit code. Only a bug prints a stack trace. */
  failure(error: unknown): number {
    if (error instanceof Interrupted) return this.#interrupted(error);
    if (!(error instanceof UserError)) return this.#bug(error);
    const { code, message, hint, exitCode, faults, evidence } = error;
    this.#err(`error: ${message} [${code}]`);
    for (const fault of faults) this.#err(`  ${faultLine(fault)}`);
    for (const line of evidence) this.#err(`  ${line}`);
    this.#err(`what to do: ${hint}`);
    if (this.#options.verbose && error.cause instanceof Error) {
      this.detail(`cause: ${error.cause.message}`);
    }
    if (this.#options.json) {
      const told = evidence.length > 0 ? { evidence } : {};
      const body = { code, message, hint, exitCode, faults, ...told };
      this.#document({ ok: false, error: body, ...error.document, notices: [...this.#notices] });
    }
    return exitCode;
  }

  #interrupted({ outcome = this.#outcome, exitCode }: Interrupted): number {
    const { found, hint } = outcome;
    const message = `Interrupted. ${found}`;
    this.#err(`${message} ${hint}`);
    if (this.#options.json) {
      const body = { code: 'INTERRUPTED', message, hint, exitCode, faults: [] };
      this.#document({ ok: false, error: body, notices: [...this.#notices] });
    }
    return exitCode;
  }

  #bug(error: unknown): number {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const message = `This is a bug in proto-scaffold ${this.#options.version}, not a mistake of yours.`;
    const hint = 'Send these lines to the vendor. They contain no secrets.';
    this.#err(`error: ${message}`);
    // Indented, because its first lines may be a value.
    for (const line of stack.split('\n')) this.#err(`  ${line}`);
    this.#err(`what to do: ${hint}`);
    if (this.#options.json) {
      const body = { code: 'BUG', message, hint, exitCode: ExitCode.bug, faults: [], stack };
      this.#document({ ok: false, error: body, notices: [...this.#notices] });
    }
    return ExitCode.bug;
  }

  #document(body: object): void {
    const document = { formatVersion: outputFormatVersion, command: this.#command, ...body };
    // Redact each text separately, because quotes and backslashes are escaped in the complete document.
    const redact = (_key: string, value: unknown) =>
      typeof value === 'string' ? this.redact(value) : value;
    this.#out(`${visibleJson(JSON.stringify(document, redact, 2))}\n`);
  }

  #out(text: string): void {
    this.draw([]);
    this.#options.stdout(text);
  }

  #err(text: string): void {
    this.draw([]);
    this.#options.stderr(`${visible(this.redact(text))}\n`);
  }

  /** Redacts secrets, and shows names that are not UTF-8. Call it before you truncate a text, because half a secret is not recognized. */
  redact(text: string): string {
    return shown(this.#secrets.hide(text));
  }
}

/** `backend/config/platform.toml:12:3 openai.api_key: is missing` */
export function faultLine({ file, line, column, key, message }: Fault): string {
  const place = [file, line, line === undefined ? undefined : column];
  const where = place.filter((part) => part !== undefined).join(':');
  return `${where}${key === undefined || key === '' ? '' : ` ${key}`}: ${message}`;
}

/** Names that are not UTF-8 as people see them: `caf\xe9`. In a text, such a byte is a lone surrogate (src/lib/text/file-name.ts). */
function shown(text: string): string {
  return text.replace(
    /[\udc80-\udcff]/gu,
    (character) => `\\x${(character.charCodeAt(0) - 0xdc00).toString(16)}`,
  );
}
