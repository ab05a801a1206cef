import type { Fault } from '../errors.ts';
import type { Probed } from '../lib/process/probed.ts';
import type { Facts } from './facts/facts.ts';

/** A check is data: what it inspects, why, its severity, and a pure judgement of facts. */

/** `check` itself, or the command that runs the checks first. */
export type Mode = 'check' | 'init' | 'start' | 'update';

/** A requirement that is not met stops the command. */
export type Severity = 'requirement' | 'advice';

export interface CheckDefinition<K extends keyof Facts> {
  readonly id: string;
  /** The expected state, without a full stop. */
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
  /** What to do if the check fails and the judgement has no more specific remedy. */
  readonly remedy: string;
  /** The severity in each mode. The check does not run in a mode that is absent. */
  readonly severity: Partial<Record<Mode, Severity>>;
  /** The check needs an installation. */
  readonly inside?: true;
  /** Only with --online: the check sends a key to the service that issued it. */
  readonly online?: true;
  /** It asks the Docker Engine, or is about it: left out with --without-engine. */
  readonly engine?: true;
  /** What needs fixing: the host (exit 3), or the operator's configuration (exit 5). */
  readonly concerns: 'host' | 'values';
  readonly needs: readonly K[];
  judge(facts: Pick<Facts, K>): Judgement;
}

export type Check = CheckDefinition<keyof Facts>;

/** A check does not compile without a title, why and remedy, or if it uses facts that it does not list in `needs`. */
export function defineCheck<const K extends keyof Facts>(check: CheckDefinition<K>): Check {
  return check;
}

export type Judgement =
  | { readonly state: 'ok' | 'not applicable'; readonly found: string }
  | ({ readonly state: 'failed' | 'unknown'; readonly found: string } & Details);

export interface Details {
  /** More specific than the remedy of the check. */
  readonly remedy?: string;
  /** Milder than the severity of the check, in all modes or in some. */
  readonly severity?: 'advice' | Partial<Record<Mode, 'advice'>>;
  /** The probe timed out. This is reported even where unknown results are not. */
  readonly timedOut?: true;
  /** Where it is. */
  readonly faults?: readonly Fault[];
}

export function ok(found: string): Judgement {
  return { state: 'ok', found };
}

export function failed(found: string, details: Details = {}): Judgement {
  return { state: 'failed', found, ...details };
}

export function unknown(found: string, details: Details = {}): Judgement {
  return { state: 'unknown', found, ...details };
}

export function notApplicable(found: string): Judgement {
  return { state: 'not applicable', found };
}

/**
 * Judges a known fact, or reports why it is unknown.
 * @param what was probed, as the start of a sentence: `nginx -v`
 */
export function judgeKnown<T>(
  probed: Probed<T>,
  what: string,
  judge: (value: T) => Judgement,
): Judgement {
  switch (probed.kind) {
    case 'known':
      return judge(probed.value);
    case 'absent':
      return unknown(`${what}: not found`);
    case 'timed out':
      return unknown(timedOutAfter(what, probed.afterMs), {
        remedy: 'Run it yourself to see what it waits for.',
        timedOut: true,
      });
    case 'refused':
      return unknown(`${what}: ${probed.why}`);
  }
}

export function timedOutAfter(what: string, afterMs: number): string {
  return `${what} timed out after ${Math.round(afterMs / 100) / 10} s`;
}

/** `1 value is`, `3 values are` */
export function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}
