import type { Desk } from '../support/program.ts';
import type { Act, Call } from './attempt.ts';
import { alternating, shuffled } from './random.ts';
import type { Row } from './rows.ts';

/** There is one call that decides: up to it all is old, behind it all is new. @returns its number */
export function decisionOf(calls: readonly Call[], row: Row): number {
  const decision = calls.find((call) => isDecision(call, row));
  if (decision === undefined) throw new Error(`no call of ${row.name} decides`);
  return decision.number;
}

export function isDecision({ name, subject }: Call, { decides }: Row): boolean {
  return name === 'rename' && decides.test(subject);
}

/** Has the interposer tell when it is made. */
export function toldDecision(desk: Desk, { decides }: Row): Act {
  const match = decides.source.replace('^', `^rename ${desk.folder}`);
  return { match, act: 'tell', times: Number.MAX_SAFE_INTEGER };
}

/** In a random order, of both sides of the decision alike: behind it there is less, and more can go wrong. */
export function bothSides<T extends { readonly call: Call }>(
  all: readonly T[],
  decision: number,
  seed: number,
  words: (point: T) => string,
): T[] {
  const [before, behind]: [T[], T[]] = [[], []];
  for (const each of all) (each.call.number > decision ? behind : before).push(each);
  return alternating(shuffled(behind, seed, words), shuffled(before, seed, words));
}

/**
 * What a power cut could take, which no kill shows: files that the decision is about, and that were not synced between
 * their last write and the decision.
 */
export function unsynced(calls: readonly Call[], decision: number): string[] {
  const [named, written] = [new Set<string>(), new Set<string>()];
  const isStaged = /^\/(proto\/\.proto\/staging|\.proto\.init\/tree)\/./;
  for (const { name, subject } of calls.slice(0, decision - 1)) {
    if (!isStaged.test(subject)) continue;
    if (name === 'open') named.add(subject);
    if (name === 'unlink') named.delete(subject);
    if (name === 'sync' || !named.has(subject)) written.delete(subject);
    else if (/^(open|write|writeFile|appendFile)$/.test(name)) written.add(subject);
  }
  return [...written].map((path) => `not synced before the decision: ${path}`);
}
