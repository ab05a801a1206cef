const hidden = '[secret]';

/**
 * A string that is never printed: `String(s)`, templates, JSON, `console.log` and `util.inspect`
 * all return `[secret]`. Only `reveal()` returns the text, and it is easy to search for.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  // Called by inspect of node:util. Uses the registered symbol to avoid an import.
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return hidden;
  }
}

/** A shorter secret would match everywhere in a text, and the positions would reveal it. In UTF-16 units. */
export const shortestSecret = 6;

/** Replaces known secrets in texts. The time for a text hardly depends on the number of secrets. */
export class SecretMask {
  readonly #forms = new Set<string>();
  #finder: Finder | undefined;

  /** Adds a secret in every form in which it may be written. Short ones are ignored. */
  add(secret: string): void {
    if (secret.length < shortestSecret) return;
    const { size } = this.#forms;
    for (const form of writtenForms(secret)) this.#forms.add(form);
    if (this.#forms.size > size) this.#finder = undefined;
  }

  /** Secrets that overlap in the text are replaced as one. */
  hide(text: string, mask = hidden): string {
    if (this.#forms.size === 0) return text;
    this.#finder ??= new Finder(this.#forms);
    const pieces: string[] = [];
    let done = 0;
    for (const { start, end } of this.#finder.spansIn(text)) {
      pieces.push(text.slice(done, start), mask);
      done = end;
    }
    return done === 0 ? text : pieces.join('') + text.slice(done);
  }
}

/** Finds texts of at least `shortestSecret` units in another text. */
class Finder {
  readonly #sorted: readonly string[];
  /** For each of the sorted texts, the longest other one that it starts with. */
  readonly #within = new Map<string, string>();
  readonly #starts: ReadonlySet<string>;

  constructor(texts: Iterable<string>) {
    this.#sorted = [...texts].sort();
    this.#starts = new Set(this.#sorted.map((text) => text.slice(0, shortestSecret)));
    const open: string[] = [];
    for (const text of this.#sorted) {
      while (open.length > 0 && !text.startsWith(open.at(-1) ?? '')) open.pop();
      const within = open.at(-1);
      if (within !== undefined) this.#within.set(text, within);
      open.push(text);
    }
  }

  spansIn(text: string): { start: number; end: number }[] {
    const spans: { start: number; end: number }[] = [];
    for (let at = 0; at + shortestSecret <= text.length; at++) {
      if (!this.#starts.has(text.slice(at, at + shortestSecret))) continue;
      const end = at + this.#longestAt(text.slice(at)).length;
      const last = spans.at(-1);
      if (last !== undefined && at < last.end) last.end = Math.max(last.end, end);
      else if (end > at) spans.push({ start: at, end });
    }
    return spans;
  }

  /** What a text starts with sorts before it, and everything between the two starts with it as well. */
  #longestAt(rest: string): string {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? '') <= rest) low = middle + 1;
      else high = middle;
    }
    let found = this.#sorted[low - 1];
    while (found !== undefined && !rest.startsWith(found)) found = this.#within.get(found);
    return found ?? '';
  }
}

/**
 * The forms of a secret in a text: plain, in a string of TOML, JSON or YAML, in a URL, inside Base64, and each of them
 * with Compose's `$$`.
 */
function writtenForms(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const ascii = escaped.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const forms = [
    secret,
    escaped,
    ascii,
    // JSON inside JSON, as in labels and annotations.
    JSON.stringify(escaped).slice(1, -1),
    secret.replaceAll("'", "''"),
    // A lone surrogate cannot be URL-encoded.
    ...(secret.isWellFormed() ? [encodeURIComponent(secret)] : []),
    ...[0, 1, 2].flatMap((before) => base64Within(secret, before)),
  ];
  return forms.flatMap((form) => [form, form.replaceAll('$', '$$$$')]);
}

/** The Base64 characters of a text after `before` other bytes (modulo 3) that depend only on the text. */
function base64Within(text: string, before: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
  const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
  return [bytes.toString('base64').slice(from, to), bytes.toString('base64url').slice(from, to)];
}
