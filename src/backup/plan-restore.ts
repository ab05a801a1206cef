import { mergeFile } from '../compose/merge-file.ts';
import { readConfig } from '../config/parameters.ts';
import { withKeptSecrets } from '../config/rotation.ts';
import { UserError } from '../errors.ts';
import { type Lock, pinnedByLock } from '../installation/lock.ts';
import { parseYaml } from '../lib/text/yaml-document.ts';
import { composeFile } from '../release/layout.ts';
import type { TemplateSet } from '../release/release.ts';
import { compareVersions } from '../release/release-order.ts';
import { conflictCopyPath, planUpdate } from '../update/plan-update.ts';

/** What a backup or an installation has of files; bytes, for what the operator has need not be UTF-8. */
export interface InstalledFiles {
  readonly lock: Lock;
  /** The last pristine render, by path. */
  readonly base: ReadonlyMap<string, string>;
  /** By path, without `.proto`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface RestoreInput {
  /** Absolute path. */
  readonly installation: string;
  readonly backup: InstalledFiles;
  /** Of `files`, those that the backup or the last render has, too. */
  readonly present: InstalledFiles;
  readonly templates: TemplateSet;
  readonly random: () => string;
  /** The backup has no data of the database, and there is some here, which stays. */
  readonly keepsDatabase: boolean;
}

export interface RestoredFiles {
  /** What is to be written, by path; what is there already as it shall be is not in it. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The merge base of the next update. */
  readonly base: ReadonlyMap<string, string>;
  /** What the operator should know, in sentences. */
  readonly notes: readonly string[];
}

/**
 * How a backup fits an installation: `same` release, or an `older` one that is brought to the installed release as
 * an update would.
 * @param templates the release that this program brings
 * @throws UserError BACKUP_NEWER, BACKUP_RELEASE_DIFFERS
 */
export function releaseFit(backup: string, installed: string, templates: string): 'same' | 'older' {
  if (backup === installed) return 'same';
  const order = compareVersions(backup, installed);
  const both = `The backup is of release ${backup}, and ${installed} is installed here`;
  if (order !== undefined && order > 0) throw new UserError('BACKUP_NEWER', `${both}.`);
  if (order !== undefined && templates === installed) return 'older';
  const message = `${both}; this program has the configuration of ${templates}.`;
  throw new UserError('BACKUP_RELEASE_DIFFERS', message, {
    ...(order !== undefined && {
      hint: 'Run `proto-scaffold update` first, then the restore: it brings the backup to the installed release.',
    }),
  });
}

/**
 * The files of a backup as they are to lie in this installation: the operator's configuration, secrets and edits of
 * then; the Compose project, the images and the group of now. Nothing is ever deleted.
 */
export function planRestore(input: RestoreInput): RestoredFiles {
  const { backup, present, templates } = input;
  const [then, now] = [backup.lock.release.templates, present.lock.release.templates];
  const fit = releaseFit(then, now, templates.release.release);
  const brought = fit === 'same' ? sameRelease(input) : olderRelease(input);
  const wanted = input.keepsDatabase ? withPresentPassword(input, brought) : brought;
  const files = [...wanted.files].filter(([path, bytes]) => !same(present.files.get(path), bytes));
  return { ...wanted, files: new Map(files) };
}

function sameRelease({ backup, present, templates }: RestoreInput): RestoredFiles {
  const files = new Map(backup.files);
  const base = new Map(backup.base);
  const incoming = present.base.get(composeFile);
  if (incoming !== undefined) base.set(composeFile, incoming);
  files.delete(composeFile);
  const current = textOf(backup.files.get(composeFile));
  if (current === undefined) return { files, base, notes: [] };
  const sides = { path: composeFile, base: backup.base.get(composeFile), current, incoming };
  const text = mergeFile(sides, templates.release, 'ours').text ?? current;
  return withCompose({ files, base, notes: [] }, present.lock.project, current, text);
}

function olderRelease(input: RestoreInput): RestoredFiles {
  const { installation, backup, present, templates, random } = input;
  const { project, group, release, registry, namespace } = present.lock;
  const current = texts(backup.files);
  const computed = planUpdate({
    installation,
    lock: { ...backup.lock, project, group },
    base: backup.base,
    current,
    override: overrideIn(current),
    templates,
    tag: release.tag,
    registry,
    namespace,
    pinned: pinnedByLock(present.lock),
    onConflict: 'ours',
    running: false,
    random,
  });
  const files = new Map(backup.files);
  const notes = [
    `The backup's configuration is brought from release ${backup.lock.release.templates} to ${release.templates}, as an update would.`,
    ...computed.conflicts.map(
      ({ file, change }) =>
        `You and the release both changed ${file} ${change.path.join('.')}; yours stays.`,
    ),
    ...computed.newlyMandatory.map(
      ({ file, line, key }) => `${file}:${line} ${key} is still to be set: the release needs it.`,
    ),
  ];
  for (const { path, kind, text, conflictCopy, note } of computed.outcomes) {
    if (kind === 'delete') files.delete(path);
    else if (text !== undefined) files.set(path, bytesOf(text));
    if (conflictCopy !== undefined) files.set(conflictCopyPath(path), bytesOf(conflictCopy));
    if (note !== undefined) notes.push(`${path}${note.startsWith(':') ? '' : ' '}${note}.`);
  }
  const text = textOf(files.get(composeFile));
  if (text === undefined) return { files, base: computed.base, notes };
  const before = current.get(composeFile) ?? text;
  return withCompose({ files, base: computed.base, notes }, project, before, text);
}

/** The database that stays knows its present password alone. */
function withPresentPassword(
  { installation, present, templates }: RestoreInput,
  restored: RestoredFiles,
): RestoredFiles {
  const { hosting } = present.lock;
  const current = texts(restored.files);
  const then = { installation, hosting, templates, base: restored.base, current };
  const kept = withKeptSecrets(then, readConfig(then), texts(present.files));
  if (kept.size === 0) return restored;
  const files = new Map(restored.files);
  for (const [path, text] of kept) files.set(path, bytesOf(text));
  const note = `The backup has no data of the database, which keeps its password: ${[...kept.keys()].join(', ')} keep the present one.`;
  return { ...restored, files, notes: [...restored.notes, note] };
}

/** A Compose file of another project would lead to other volumes: it is only laid beside. */
function withCompose(
  restored: RestoredFiles,
  project: string,
  ofBackup: string,
  text: string,
): RestoredFiles {
  const parsed = parseYaml(text, composeFile);
  const name = parsed.ok ? (parsed.document.data as { name?: unknown } | null)?.name : undefined;
  const files = new Map(restored.files);
  if (name === project) {
    files.set(composeFile, bytesOf(text));
    return { ...restored, files };
  }
  const conflictCopy = `${composeFile}.from-backup`;
  files.delete(composeFile);
  files.set(conflictCopy, bytesOf(ofBackup));
  const note = `${composeFile} of the backup could not be fitted to this installation: the present one stays, and that one is laid beside it as ${conflictCopy}.`;
  return { ...restored, files, notes: [...restored.notes, note] };
}

function overrideIn(current: ReadonlyMap<string, string>): string | undefined {
  const names = ['yml', 'yaml'].map((ending) => `backend/docker-compose.override.${ending}`);
  return names.map((name) => current.get(name)).find((text) => text !== undefined);
}

function texts(files: ReadonlyMap<string, Uint8Array>): Map<string, string> {
  const decoded = [...files].map(([path, bytes]) => [path, textOf(bytes)] as const);
  return new Map(decoded.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function same(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one?.length === other.length && one.every((byte, index) => byte === other[index]);
}
