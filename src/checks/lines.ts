import type { Fault } from '../errors.ts';
import { type Finding, stopping } from './findings.ts';

/** Findings as text: failed requirements first, then advice, then unknown results, and the rest as a count. */

/** @param placeOf formats the location of a fault */
export function findingLines(
  findings: readonly Finding[],
  placeOf: (fault: Fault) => string,
  verbose: boolean,
): string[] {
  const shown = findings.filter(({ ignored }) => !ignored);
  const stops = stopping(findings);
  const advice = shown.filter((each) => each.state === 'failed' && !stops.includes(each));
  const open = shown.filter(({ state }) => state === 'unknown');
  const width = Math.max(0, ...[...stops, ...advice, ...open].map(({ id }) => id.length));
  const group = (title: string, members: readonly Finding[]) =>
    members.length === 0
      ? []
      : [title, ...members.flatMap((each) => finding(each, width, placeOf, verbose)), ''];
  return [
    ...group('Requirements not met:', stops),
    ...group('Recommendations:', advice),
    ...group('Unknown:', open),
    ...(verbose ? restLines(findings) : []),
    summary(findings),
  ];
}

function finding(
  { id, found, remedy, faults, why }: Finding,
  width: number,
  placeOf: (fault: Fault) => string,
  verbose: boolean,
): string[] {
  const indent = ' '.repeat(width + 4);
  return [
    `  ${id.padEnd(width)}  ${found}`,
    ...faults.map((fault) => `${indent}  ${placeOf(fault)}`),
    ...(verbose ? [`${indent}why: ${why}`] : []),
    ...(remedy === undefined ? [] : [`${indent}what to do: ${remedy}`]),
  ];
}

function restLines(findings: readonly Finding[]): string[] {
  const well = findings.filter(({ state, ignored }) => state === 'ok' && !ignored);
  const none = findings.filter(({ state }) => state === 'not applicable');
  const width = Math.max(0, ...[...well, ...none].map(({ id }) => id.length));
  const group = (title: string, members: readonly Finding[]) =>
    members.length === 0
      ? []
      : [title, ...members.map(({ id, found }) => `  ${id.padEnd(width)}  ${found}`), ''];
  return [
    ...group('Passed:', well),
    ...group('Not applicable:', none),
    "The vendor's page lists the AWS CLI and Python for its old script. proto-scaffold does not need them.",
    '',
  ];
}

function summary(findings: readonly Finding[]): string {
  const count = (pick: (finding: Finding) => boolean) => findings.filter(pick).length;
  const well = count(({ state, ignored }) => state === 'ok' && !ignored);
  const none = count(({ state, ignored }) => state === 'not applicable' && !ignored);
  const ignored = findings
    .filter((each) => each.ignored)
    .map(({ id, reason }) => (reason === undefined ? id : `${id} (${reason})`));
  const parts = [
    `${well} of ${findings.length} checks passed`,
    ...(none > 0 ? [`${none} not applicable`] : []),
    ...(ignored.length > 0 ? [`skipped: ${ignored.join(', ')}`] : []),
  ];
  return `${parts.join('; ')}.`;
}
