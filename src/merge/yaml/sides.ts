/** One thing for each of the three files of a merge. */
export interface Sides<T> {
  readonly base: T;
  readonly current: T;
  readonly incoming: T;
}
