/** What an attacker has to say of a command. */
export interface Report {
  readonly name: string;
  /** How many there are of what is attacked, and at how many it was. */
  readonly points: number;
  readonly attacked: number;
  /** How often what came out: `old 12, new 3`. */
  readonly outcomes: string;
  readonly faults: readonly string[];
}

/** How an attack is bounded. */
export interface Bounds {
  readonly seed: number;
  /** The most points of a command. */
  readonly limit: number;
  /** No point is begun after that (ms since the epoch). */
  readonly until: number;
}

/** Counts what came out. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly faults: string[] = [];

  add(is: string, where: string, faults: readonly string[]): void {
    this.#counts.set(is, (this.#counts.get(is) ?? 0) + 1);
    if (faults.length > 0) this.faults.push(`${where}\n    ${faults.join('\n    ')}`);
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  get outcomes(): string {
    return [...this.#counts].map(([is, count]) => `${is} ${count}`).join(', ');
  }
}

/** Two at a time, each begun only before the bound. */
export async function inTurn<T>(
  items: readonly T[],
  { until }: Bounds,
  use: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (Date.now() > until) return;
      await use(next);
    }
  };
  await Promise.all([worker(), worker()]);
}
