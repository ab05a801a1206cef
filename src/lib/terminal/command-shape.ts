/** A command of the program as plain data. */

/** What an argument, or a flag's value, is: `dir` of `--dir <dir>`. */
export interface Taken {
  readonly name: string;
  /** All that it may be; empty where that is open. */
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

/** The command that a line begun with these words is for; the program itself where it is none yet. */
export function shapeFor(
  shapes: readonly CommandShape[],
  words: readonly string[],
): CommandShape | undefined {
  return shapes
    .filter(({ path }) => path === '' || `${words.join(' ')} `.startsWith(`${path} `))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

/** The value that a line gives a flag, either way: `--dir X`, `--dir=X`. */
export function flagIn(words: readonly string[], flag: string): string | undefined {
  const joined = words.find((word) => word.startsWith(`${flag}=`));
  if (joined !== undefined) return joined.slice(flag.length + 1);
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words[at + 1];
}
