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
