import { type Fault, UserError } from '../errors.ts';
import { nearest } from '../lib/text/document-faults.ts';
import type { Check, Details, Mode, Severity } from './define.ts';
import type { Facts } from './facts/facts.ts';

/** The result of a check. */
export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly severity: Severity;
  readonly concerns: Check['concerns'];
  readonly state: 'ok' | 'failed' | 'unknown' | 'not applicable';
  /** A sentence without a full stop, or a few words if the check passed. */
  readonly found: string;
  /** For a failed check, and for an unknown result if there is something to do. */
  readonly remedy?: string;
  readonly faults: readonly Fault[];
  /** The probe timed out. */
  readonly timedOut: boolean;
  /** Skipped with --ignore, or in proto.toml. */
  readonly ignored: boolean;
  /** Why it is skipped, from proto.toml. */
  readonly reason?: string;
}

/** For a command that does what another one does, too, both. */
export type Modes = Mode | readonly Mode[];

export interface Choice {
  readonly mode: Modes;
  readonly inside: boolean;
  readonly online: boolean;
  /** Whether the Docker Engine concerns the command. */
  readonly engine: boolean;
}

/** The checks to run: those that apply to the command and can be run. */
export function chosenChecks(all: readonly Check[], choice: Choice): Check[] {
  return all.filter(
    (check) =>
      severityIn(check, choice.mode) !== undefined &&
      (choice.inside || !check.inside) &&
      (choice.online || !check.online) &&
      (choice.engine || !check.engine),
  );
}

/** The strongest one of the modes. Online checks always run if requested, whatever the mode. */
function severityIn(
  { severity, online }: Pick<Check, 'severity' | 'online'>,
  mode: Modes,
): Severity | undefined {
  const found = [mode].flat().flatMap((each) => severity[each] ?? []);
  if (found.includes('requirement')) return 'requirement';
  return found[0] ?? (online ? severity.check : undefined);
}

/** @throws UserError USAGE for an unknown check */
export function requireKnownChecks(ids: readonly string[], all: readonly Check[]): void {
  const known = all.map(({ id }) => id);
  const wrong = ids.find((id) => !known.includes(id));
  if (wrong === undefined) return;
  throw new UserError('USAGE', `Unknown check ${wrong}${nearest(wrong, known)}.`, {
    hint: 'Run `proto-scaffold check --verbose` to list all checks.',
  });
}

/**
 * @param facts all facts that the checks need
 * @param ignored the ids of the checks to skip, with the reason if there is one
 */
export function judge(
  chosen: readonly Check[],
  mode: Modes,
  facts: Facts,
  ignored: ReadonlyMap<string, string | undefined>,
): Finding[] {
  return chosen.map((check) => {
    const { id, title, why, concerns } = check;
    const judged = check.judge(facts);
    const severity = severityIn(check, mode) ?? 'advice';
    const reason = ignored.get(id);
    const skipped = { ignored: ignored.has(id), ...(reason !== undefined && { reason }) };
    const common = { id, title, why, severity, concerns, ...skipped };
    if (judged.state === 'ok' || judged.state === 'not applicable') {
      return { ...common, faults: [], timedOut: false, ...judged };
    }
    // An unknown result may be fine, and the remedy of the check may not apply to it.
    const remedy = judged.state === 'failed' ? { remedy: check.remedy } : {};
    const milder = 'severity' in judged ? judged.severity : undefined;
    const own = milder === undefined ? severity : severityOf(check, milder, mode);
    return { ...common, ...remedy, faults: [], timedOut: false, ...judged, severity: own };
  });
}

function severityOf(check: Check, milder: NonNullable<Details['severity']>, mode: Modes): Severity {
  if (milder === 'advice') return milder;
  return severityIn({ ...check, severity: { ...check.severity, ...milder } }, mode) ?? 'advice';
}

/** The findings that stop a command. */
export function stopping(findings: readonly Finding[]): Finding[] {
  return findings.filter(
    ({ state, severity, ignored }) => state === 'failed' && severity === 'requirement' && !ignored,
  );
}

/** The error code for all findings together. Host problems take precedence over values. */
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
