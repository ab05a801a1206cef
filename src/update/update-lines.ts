import type { FileOutcome } from '../compose/merge-file.ts';
import type { ServiceChange } from '../compose/service-changes.ts';
import { actionLine, type HostAction } from '../installation/plan.ts';
import { formatBytes } from '../lib/terminal/words.ts';
import type { KeyChange, KeyPath, OnConflict } from '../merge/result.ts';
import { tomlDottedKey } from '../toml/literal.ts';
import type { ArtifactChange, UpdatePlan } from './plan-update.ts';

/** What an update shows beside its plan. */
export interface Beside {
  /** The versions that follow. */
  readonly later?: readonly string[];
  /** Markdown. */
  readonly notes?: string;
}

/** The plan of an update as text. Manual steps come last and stand out. */
export function updateLines(
  computed: UpdatePlan,
  sizes: ReadonlyMap<string, number>,
  onConflict: OnConflict,
  { later = [], notes = '' }: Beside = {},
): string[] {
  const { plan, artifacts, outcomes } = computed;
  const listed = outcomes.filter(
    ({ kind, changes, note }) => kind !== 'keep' || note !== undefined || changes.length > 0,
  );
  return [
    ...legLines(computed, later),
    `Plan for ${plan.installation}: release ${releases(computed)}`,
    ...section('Images', artifactLines(artifacts, 'image', sizes)),
    ...section('Static bundles', artifactLines(artifacts, 'bundle', sizes)),
    ...section(
      'Files',
      listed.flatMap((outcome) => outcomeLines(outcome, onConflict)),
    ),
    ...section('Services', computed.services.flatMap(serviceLines)),
    ...section('Steps', plan.actions.map(orderLine)),
    ...section('Release notes', notes === '' ? [] : notes.split('\n')),
    ...mandatoryLines(computed),
  ];
}

/** The way to a release that needs others first. */
function legLines({ before, lock }: UpdatePlan, later: readonly string[]): string[] {
  const versions = [before.version, lock.release.version, ...later];
  const [target] = later.slice(-1);
  if (target === undefined) return [];
  const legs = versions.slice(1).map((version, index) => {
    const what =
      index === 0 ? 'the plan below' : `once the platform has run with ${versions[index]}`;
    return `  ${index + 1}. ${versions[index]} → ${version}  ${what}`;
  });
  return [
    `Release ${target} needs others first. The update has ${legs.length} steps:`,
    ...legs,
    '',
  ];
}

function releases({ before, lock }: UpdatePlan): string {
  const versions = new Set([before.version, lock.release.version]);
  const tags = new Set([before.tag, lock.release.tag]);
  return `${[...versions].join(' → ')} (${[...tags].join(' → ')})`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function artifactLines(
  artifacts: readonly ArtifactChange[],
  kind: ArtifactChange['kind'],
  sizes: ReadonlyMap<string, number>,
): string[] {
  const own = artifacts.filter((artifact) => artifact.kind === kind);
  const width = Math.max(0, ...own.map(({ name }) => name.length));
  return own.map(({ name, before, after }) => {
    const sign = before === undefined ? '+' : after === undefined ? '-' : '~';
    const versions = [before, after].flatMap((artifact) =>
      artifact === undefined ? [] : [artifact.version ?? artifact.digest.slice(7, 19)],
    );
    const size = after === undefined ? undefined : sizes.get(after.digest);
    const download = size === undefined ? '' : `  ${formatBytes(size)} to download`;
    return `${sign} ${name.padEnd(width)}  ${versions.join(' → ')}${download}`;
  });
}

const fileSigns: Record<FileOutcome['kind'], [sign: string, what: string]> = {
  create: ['+', 'new'],
  update: ['~', 'updated to the release; you had not changed it'],
  merge: ['~', 'merged with your edits'],
  keep: ['=', 'unchanged'],
  delete: ['-', 'no longer part of the release'],
  conflict: ['!', ''],
};

function outcomeLines(outcome: FileOutcome, onConflict: OnConflict): string[] {
  const [sign, what] = fileSigns[outcome.kind];
  const said = outcome.note ?? what;
  const gap = said.startsWith(':') ? '' : said === '' ? '' : ' — ';
  return [
    `${sign} ${outcome.path}${gap}${said}`,
    ...outcome.changes.map((change) => `    ${changeLine(change, onConflict)}`),
  ];
}

function changeLine({ kind, path, from, line }: KeyChange, onConflict: OnConflict): string {
  const key = dotted(path);
  switch (kind) {
    case 'added':
      return `+ ${key}`;
    case 'changed':
      return `~ ${key}`;
    case 'removed':
      return `- ${key}`;
    case 'renamed':
      return `> ${dotted(from ?? [])} is now ${key}; your value and comment are moved`;
    case 'kept':
      return `= ${key} keeps your value`;
    case 'conflict': {
      const whose = onConflict === 'theirs' ? "the release's value is used" : 'your value is kept';
      return `! ${key === '' ? 'these lines' : key}: you and the release both changed it; ${whose}${line === undefined ? '' : ` (line ${line})`}`;
    }
  }
}

/** A path as `config set` takes it. */
export function dotted(path: KeyPath): string {
  return tomlDottedKey(path.map(String));
}

function serviceLines({ service, changes }: ServiceChange): string[] {
  return [service, ...changes.map((change) => `  ${change}`)];
}

function orderLine(action: HostAction, index: number): string {
  return `${index + 1}. ${actionLine(action)}`;
}

function mandatoryLines({ newlyMandatory }: UpdatePlan): string[] {
  if (newlyMandatory.length === 0) return [];
  return [
    '',
    'YOU MUST SET THESE VALUES before the platform starts again:',
    ...newlyMandatory.map(({ file, line, key, about }) => `  ${file}:${line}  ${key}  ${about}`),
  ];
}
