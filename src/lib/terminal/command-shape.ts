/** A command of the program as plain data. */

/** The name of an argument, or of a flag's value: `dir` in `--dir <dir>`. */
export interface Taken {
  readonly name: string;
  /** The allowed values; empty if any value is allowed. */
  readonly choices: readonly string[];
}

export interface CommandShape {
  /** `config set`; empty for the program itself. */
  readonly path: string;
  readonly about: string;
  readonly flags: readonly {
    /** `--dir` */
    readonly long: string;
    readonly short?: string;
    readonly about: string;
    readonly takes?: Taken;
  }[];
  readonly takes: readonly (Taken & { readonly variadic: boolean })[];
}

/** The command that a line starting with these words belongs to; the program itself if there is none yet. */
export function shapeFor(
  shapes: readonly CommandShape[],
  words: readonly string[],
): CommandShape | undefined {
  return shapes
    .filter(({ path }) => path === '' || `${words.join(' ')} `.startsWith(`${path} `))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

/** The value of a flag in a line, in either form: `--dir X`, `--dir=X`. */
export function flagIn(words: readonly string[], flag: string): string | undefined {
  const joined = words.find((word) => word.startsWith(`${flag}=`));
  if (joined !== undefined) return joined.slice(flag.length + 1);
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words[at + 1];
}
