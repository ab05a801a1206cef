import { ExitCode, type Fault, Interrupted, UserError } from './errors.ts';

export const outputFormatVersion = 1;

export interface ReporterOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** stderr is a terminal: a progress line may be drawn over. */
  readonly live: boolean;
  /** How many characters a line of that terminal has; a longer line could not be drawn over. */
  readonly columns?: () => number | undefined;
  /** stdout is a terminal, so that nothing may be printed there that it would obey. */
  readonly onScreen?: boolean;
  readonly version: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * The one object that prints. Human: results on stdout, everything else on stderr. JSON: one document on
 * stdout, prose on stderr. Every secret given to `protect` is struck out of whatever passes through, and
 * what a terminal would obey (files and servers can hold it) is shown instead of done.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #secrets = new Set<string>();
  #longSecrets: readonly string[] = [];
  /** Any form of any shorter secret; made anew at the first text after another secret has come. */
  #secretPattern: RegExp | undefined = /(?!)/g;
  readonly #notices: string[] = [];
  #drawn: readonly string[] = [];
  #command = '';

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  get verbose(): boolean {
    return this.#options.verbose;
  }

  /** The command whose document a JSON result is. */
  begin(command: string): void {
    this.#command = command;
  }

  protect(secret: string): void {
    // A short one would strike out innocent text.
    if (secret.length < 6) return;
    // Of a private key a line alone tells enough; its frame tells nothing.
    const lines = secret.split(/\r?\n/).filter((line) => line.length > 15 && !/^-----/.test(line));
    if (lines.length > 1) for (const line of lines) this.protect(line);
    for (const form of printedForms(secret)) this.#secrets.add(form);
    this.#secretPattern = undefined;
  }

  #patternOfSecrets(): RegExp {
    // The longest first: one may be the beginning of another.
    const forms = [...this.#secrets].sort((a, b) => b.length - a.length);
    // No regular expression can be as long as a certificate that somebody gives for a value.
    this.#longSecrets = forms.filter((form) => form.length > 1000);
    const short = forms.filter((form) => form.length <= 1000);
    return new RegExp(short.length > 0 ? short.map(literally).join('|') : '(?!)', 'g');
  }

  /** A line of the result: stdout, for people alone. */
  line(text = ''): void {
    if (!this.#options.json) this.#out(`${visible(this.redact(text))}\n`);
  }

  /** A line for programs, too (a value, a patch): every character as it is, but on a terminal as `line`. */
  exact(text: string): void {
    if (this.#options.onScreen === true) this.line(text);
    else if (!this.#options.json) this.#out(`${this.redact(text)}\n`);
  }

  /** A line with colours of ours in it. Whoever made it has made all else in it visible. */
  painted(text: string): void {
    if (!this.#options.json) this.#out(`${this.redact(text)}\n`);
  }

  /** What is being done. */
  step(text: string): void {
    if (!this.#options.quiet) this.#err(`${text}\n`);
  }

  /** What a question is about: shown wherever somebody is asked, with --quiet too. */
  question(text: string): void {
    this.#err(`${text}\n`);
  }

  /** Something the operator should know, once; in JSON it is part of the document. */
  notice(text: string): void {
    const said = this.redact(text);
    if (this.#notices.includes(said)) return;
    this.#notices.push(said);
    this.#err(`note: ${text}\n`);
  }

  /** How the program goes about it, with --verbose. */
  detail(text: string): void {
    if (this.#options.verbose) this.#err(`  ${text}\n`);
  }

  /** Whether lines can be drawn over, so that `draw` shows anything. */
  get draws(): boolean {
    const { live, quiet, json } = this.#options;
    return live && !quiet && !json;
  }

  /** Draws a line over the one before, on a terminal only; an empty text takes it away. */
  progress(text: string): void {
    this.draw(text === '' ? [] : [text]);
  }

  /** Draws lines over those drawn before, on a terminal only; none takes them away. */
  draw(lines: readonly string[]): void {
    if (!this.draws || lines.join('\n') === this.#drawn.join('\n')) return;
    const up = '\u001b[1A\r\u001b[K'.repeat(Math.max(0, this.#drawn.length - 1));
    const width = Math.max(1, (this.#options.columns?.() ?? Number.POSITIVE_INFINITY) - 1);
    const text = lines.map((line) => visible(this.redact(line)).slice(0, width)).join('\n');
    this.#options.stderr(`\r\u001b[K${up}${text}`);
    this.#drawn = lines;
  }

  /** The result as data: the JSON document. */
  result(data: object): void {
    if (this.#options.json) this.#document({ ok: true, result: data, notices: this.#notices });
  }

  /** Says what went wrong and gives the exit code. A stack trace is for bugs alone. */
  failure(error: unknown): number {
    if (error instanceof Interrupted) return this.#interrupted(error);
    if (!(error instanceof UserError)) return this.#bug(error);
    const { code, message, hint, exitCode, faults, evidence } = error;
    this.#err(`error: ${message} [${code}]\n`);
    for (const fault of faults) this.#err(`  ${faultLine(fault)}\n`);
    for (const line of evidence) this.#err(`  ${line}\n`);
    this.#err(`what to do: ${hint}\n`);
    if (this.#options.verbose && error.cause instanceof Error) {
      this.detail(`cause: ${error.cause.message}`);
    }
    if (this.#options.json) {
      const told = evidence.length > 0 ? { evidence } : {};
      const body = { code, message, hint, exitCode, faults, ...told };
      this.#document({ ok: false, error: body, notices: this.#notices });
    }
    return exitCode;
  }

  #interrupted({ message, exitCode }: Interrupted): number {
    this.#err(`${message}\n`);
    if (this.#options.json) {
      const hint = 'Run the command again.';
      const body = { code: 'INTERRUPTED', message, hint, exitCode, faults: [] };
      this.#document({ ok: false, error: body, notices: this.#notices });
    }
    return exitCode;
  }

  #bug(error: unknown): number {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const message = `This is a bug in proto-scaffold ${this.#options.version}, not a fault of yours.`;
    const hint = 'Send these lines to the vendor. No secret stands in them.';
    this.#err(`error: ${message}\n${stack}\nwhat to do: ${hint}\n`);
    if (this.#options.json) {
      const body = { code: 'BUG', message, hint, exitCode: ExitCode.bug, faults: [], stack };
      this.#document({ ok: false, error: body, notices: this.#notices });
    }
    return ExitCode.bug;
  }

  #document(body: object): void {
    const document = { formatVersion: outputFormatVersion, command: this.#command, ...body };
    // Each text by itself: in the finished document its quotes and backslashes would be escaped.
    const redact = (_key: string, value: unknown) =>
      typeof value === 'string' ? this.redact(value) : value;
    // JSON.stringify lets C1 and bidi controls through; all of them stand within strings.
    const text = JSON.stringify(document, redact, 2).replace(obeyed, asJsonEscape);
    this.#out(`${text}\n`);
  }

  #out(text: string): void {
    this.draw([]);
    this.#options.stdout(text);
  }

  #err(text: string): void {
    this.draw([]);
    this.#options.stderr(visible(this.redact(text)));
  }

  /** Strikes secrets out. For a text that is going to be cut: half a secret is not known any more. */
  redact(text: string): string {
    this.#secretPattern ??= this.#patternOfSecrets();
    const shorter = this.#longSecrets.reduce(
      (rest, form) => rest.replaceAll(form, '[secret]'),
      text,
    );
    return shorter.replace(this.#secretPattern, '[secret]');
  }
}

/**
 * What a terminal obeys or shows in another order than it stands: controls but for line end and tab, and the
 * bidi controls (Unicode 15, UAX #9).
 */
const obeyed = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** ESC as `\x1b`, RIGHT-TO-LEFT OVERRIDE as `\u{202e}`. */
function visible(text: string): string {
  return text.replace(obeyed, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u{${code}}` : `\\x${code.padStart(2, '0')}`;
  });
}

function asJsonEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** `backend/config/platform.toml:12:3 openai.api_key: is missing` */
export function faultLine({ file, line, column, key, message }: Fault): string {
  const place = [file, line, line === undefined ? undefined : column];
  const where = place.filter((part) => part !== undefined).join(':');
  return `${where}${key === undefined || key === '' ? '' : ` ${key}`}: ${message}`;
}

/** A secret as it may turn up in a text: plain, in JSON or TOML, in a URL, within Base64. */
function printedForms(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    escaped,
    // JSON that holds JSON, as labels and annotations do.
    JSON.stringify(escaped).slice(1, -1),
    // A lone surrogate has no URL form.
    ...(secret.isWellFormed() ? [encodeURIComponent(secret)] : []),
    ...[0, 1, 2].flatMap((before) => base64Within(secret, before)),
  ];
}

/** What Base64 makes of a text behind `before` other bytes (modulo 3), as far as the text alone decides it. */
function base64Within(text: string, before: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
  const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
  return [bytes.toString('base64').slice(from, to), bytes.toString('base64url').slice(from, to)];
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
