import type { Fault } from '../errors.ts';
import type { Probed } from '../lib/process/probed.ts';
import type { Facts } from './facts/facts.ts';

/** A check is data: what is looked at, why, how grave it is, and a pure judgement of facts. */

/** `check` itself, or the command at whose head the checks are run. */
export type Mode = 'check' | 'init' | 'start' | 'update';

/** A requirement that is not met stops the command. */
export type Severity = 'requirement' | 'advice';

export interface CheckDefinition<K extends keyof Facts> {
  readonly id: string;
  /** What should be so, without a full stop. */
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
  /** What to do where it is not so, and the judgement knows nothing more exact. */
  readonly remedy: string;
  /** How grave it is; where a mode is absent, it is not run there. */
  readonly severity: Partial<Record<Mode, Severity>>;
  /** Only with an installation. */
  readonly inside?: true;
  /** Only with --online: it hands a key to whom it belongs to. */
  readonly online?: true;
  /** Whose it is to mend: the host's (exit 3), or what the operator has written (exit 5). */
  readonly concerns: 'host' | 'values';
  readonly needs: readonly K[];
  judge(facts: Pick<Facts, K>): Judgement;
}

export type Check = CheckDefinition<keyof Facts>;

/** A check without a title, a why or a remedy does not compile, nor one that judges by what it does not name. */
export function defineCheck<const K extends keyof Facts>(check: CheckDefinition<K>): Check {
  return check;
}

export type Judgement =
  | { readonly state: 'ok' | 'not applicable'; readonly found: string }
  | ({ readonly state: 'failed' | 'unknown'; readonly found: string } & Details);

export interface Details {
  /** More exact than the check's own. */
  readonly remedy?: string;
  /** Milder than the check's own. */
  readonly severity?: 'advice';
  /** It was cut off: worth a word even where what is not known is not told. */
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
 * Judges a fact that is known; says why one is not.
 * @param what was asked, as the beginning of a sentence: `nginx -v`
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
      return unknown(`${what}: there is none to look at`);
    case 'timed out':
      return unknown(hanging(what, probed.afterMs), {
        remedy: 'Run it by hand to see what it waits for.',
        timedOut: true,
      });
    case 'refused':
      return unknown(`${what}: ${probed.why}`);
  }
}

export function hanging(what: string, afterMs: number): string {
  return `${what} did not answer within ${Math.round(afterMs / 100) / 10} s, and was cut off`;
}

/** `1 value is`, `3 values are` */
export function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}
