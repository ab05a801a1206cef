const hidden = '[secret]';

/**
 * A string that does not print: `String(s)`, templates, JSON, `console.log` and `util.inspect`
 * all give `[secret]`. The only way to the text is `reveal()`, which is easy to search for.
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

  // What node:util's inspect calls; named by its registered symbol so that core imports nothing.
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return hidden;
  }
}
