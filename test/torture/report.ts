import { availableParallelism } from 'node:os';

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
  /** How many points of the order were attacked by an earlier run with this seed. */
  readonly from: number;
  /** The most points of a command. */
  readonly limit: number;
  /** No point is begun after that (ms since the epoch). */
  readonly until: number;
  /** Told after each point, how many are done and all that was found. */
  readonly progress?: (done: number, of: number, faults: readonly string[]) => void;
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

  /** @param points how many there are */
  report(name: string, points: number): Report {
    const outcomes = [...this.#counts].map(([is, count]) => `${is} ${count}`).join(', ');
    return { name, points, attacked: this.total, outcomes, faults: this.faults };
  }
}

/** As many at a time as there are processors, and one that waits; each is begun only before the bound. */
export async function inTurn<T>(
  order: readonly T[],
  { from, limit, until, progress }: Bounds,
  tally: Tally,
  use: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = order.slice(from, from + limit);
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (Date.now() > until) return;
      await use(next);
      progress?.(from + tally.total, order.length, tally.faults);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
}
