/** Exit codes, as ../shared/DESIGN.md ("Exit codes") fixes them. */
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
  terminated: 143,
} as const;

export interface ErrorEntry {
  readonly exitCode: number;
  /** One sentence for the documentation: when does this happen? */
  readonly meaning: string;
  /** What to do about it, where the throwing place knows nothing more exact. */
  readonly remedy: string;
}
