import { type Fault, UserError } from '../errors.ts';
import { nearest } from '../lib/text/document-faults.ts';
import type { Check, Mode, Severity } from './define.ts';
import type { Facts } from './facts/facts.ts';

/** What a check has found. */
export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly severity: Severity;
  readonly concerns: Check['concerns'];
  readonly state: 'ok' | 'failed' | 'unknown' | 'not applicable';
  /** A sentence without a full stop, or less than one where all is well. */
  readonly found: string;
  /** Of what failed; of what is not known, where something can be done. */
  readonly remedy?: string;
  readonly faults: readonly Fault[];
  /** Looking was cut off. */
  readonly timedOut: boolean;
  /** Named by --ignore. */
  readonly ignored: boolean;
}

export interface Choice {
  readonly mode: Mode;
  readonly inside: boolean;
  readonly online: boolean;
}

/** The checks that are run: what matters to a command, and can be looked at. */
export function chosenChecks(all: readonly Check[], choice: Choice): Check[] {
  return all.filter(
    (check) =>
      severityIn(check, choice.mode) !== undefined &&
      (choice.inside || !check.inside) &&
      (choice.online || !check.online),
  );
}

/** Whoever asks for online checks means them, whatever the mode. */
function severityIn({ severity, online }: Check, mode: Mode): Severity | undefined {
  return severity[mode] ?? (online ? severity.check : undefined);
}

/** @throws UserError USAGE where there is no check of that name */
export function mustBeChecks(ids: readonly string[], all: readonly Check[]): void {
  const known = all.map(({ id }) => id);
  const wrong = ids.find((id) => !known.includes(id));
  if (wrong === undefined) return;
  throw new UserError('USAGE', `There is no check ${wrong}${nearest(wrong, known)}.`, {
    hint: 'Run `proto-scaffold check --verbose` to see all of them.',
  });
}

/** @param facts all that the checks need */
export function judge(
  chosen: readonly Check[],
  mode: Mode,
  facts: Facts,
  ignored: readonly string[],
): Finding[] {
  return chosen.map((check) => {
    const { id, title, why, concerns } = check;
    const judged = check.judge(facts);
    const severity = severityIn(check, mode) ?? 'advice';
    const common = { id, title, why, severity, concerns, ignored: ignored.includes(id) };
    if (judged.state !== 'failed' && judged.state !== 'unknown') {
      return { ...common, faults: [], timedOut: false, ...judged };
    }
    // What is not known may be well: the check's own remedy would be for another trouble.
    const remedy = judged.state === 'failed' ? { remedy: check.remedy } : {};
    return { ...common, ...remedy, faults: [], timedOut: false, ...judged };
  });
}

/** Those that stop a command. */
export function stopping(findings: readonly Finding[]): Finding[] {
  return findings.filter(
    ({ state, severity, ignored }) => state === 'failed' && severity === 'requirement' && !ignored,
  );
}

/** The failure that they are together; the host comes before the values. */
export function failureCode(
  stopping: readonly Finding[],
): 'CHECK_FAILED' | 'CHECK_VALUES' | undefined {
  if (stopping.length === 0) return undefined;
  return stopping.some(({ concerns }) => concerns === 'host') ? 'CHECK_FAILED' : 'CHECK_VALUES';
}

/** A finding for JSON. */
export function findingData({ concerns: _concerns, timedOut: _hung, ...finding }: Finding): object {
  return finding;
}
