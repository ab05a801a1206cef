/** Exit codes, as defined in ../shared/DESIGN.md ("Exit codes"). */
export const ExitCode = {
  done: 0,
  bug: 1,
  usage: 2,
  host: 3,
  registry: 4,
  decide: 5,
  held: 6,
  hungUp: 129,
  interrupted: 130,
  quit: 131,
  terminated: 143,
} as const;

export interface ErrorEntry {
  readonly exitCode: number;
  /** One sentence for the documentation: when does this happen? */
  readonly meaning: string;
  /** What to do, unless the code that throws the error has a more specific hint. */
  readonly remedy: string;
}
