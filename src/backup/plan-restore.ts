import { projectIn } from '../compose/compose-text.ts';
import { mergeFile, withNote } from '../compose/merge-file.ts';
import { type OverrideFile, overrideNames } from '../compose/override.ts';
import { readConfig } from '../config/parameters.ts';
import { withKeptSecrets } from '../config/rotation.ts';
import { UserError } from '../errors.ts';
import { type Lock, pinnedByLock } from '../installation/lock.ts';
import { parseYaml } from '../lib/text/yaml-document.ts';
import { composeFile } from '../release/layout.ts';
import type { TemplateSet } from '../release/release.ts';
import { compareVersions } from '../release/release-order.ts';
import {
  conflictCopyPath,
  planUpdate,
  type UpdateInput,
  type UpdatePlan,
} from '../update/plan-update.ts';
import { dotted } from '../update/update-lines.ts';

/** The files of a backup or an installation, as bytes because the operator's files may not be UTF-8. */
export interface InstalledFiles {
  readonly lock: Lock;
  /** The last original render, by path. */
  readonly base: ReadonlyMap<string, string>;
  /** The files by path, without `.proto`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface RestoreInput {
  /** Absolute path. */
  readonly installation: string;
  readonly backup: InstalledFiles;
  /** The files that are also in the backup or in the last render. */
  readonly present: InstalledFiles;
  readonly templates: TemplateSet;
  readonly random: () => string;
  /** The backup has no database data, so the existing database data is kept. */
  readonly keepsDatabase: boolean;
}

export interface RestoredFiles {
  /** The files to write, by path. Files that already match are absent. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The merge base of the next update. */
  readonly base: ReadonlyMap<string, string>;
  /** Notes for the operator, as sentences. */
  readonly notes: readonly string[];
}

/**
 * Compares the release of a backup with the installed release: `same`, or `older`, which is updated to the installed
 * release as in an update.
 * @param templates the release of the templates in this program
 * @throws UserError BACKUP_NEWER, BACKUP_RELEASE_DIFFERS
 */
export function releaseFit(backup: string, installed: string, templates: string): 'same' | 'older' {
  if (backup === installed) return 'same';
  const order = compareVersions(backup, installed);
  const both = `The backup is from release ${backup}, and release ${installed} is installed`;
  if (order !== undefined && order > 0) throw new UserError('BACKUP_NEWER', `${both}.`);
  if (order !== undefined && templates === installed) return 'older';
  const message = `${both}; this version of proto-scaffold contains the configuration of ${templates}.`;
  throw new UserError('BACKUP_RELEASE_DIFFERS', message, {
    ...(order !== undefined && {
      hint: 'Run `proto-scaffold update` first, then the restore. The restore updates the backup to the installed release.',
    }),
  });
}

/**
 * Computes the files of the restored installation: configuration, secrets and edits from the backup; the Compose
 * project, images and group of the current installation. Nothing is ever deleted.
 */
export function planRestore(input: RestoreInput): RestoredFiles {
  const { backup, present, templates } = input;
  const [then, now] = [backup.lock.release.version, present.lock.release.version];
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
  const ofBackup = backup.files.get(composeFile);
  if (ofBackup === undefined) return { files, base, notes: [] };
  const current = textOf(ofBackup);
  const sides = { path: composeFile, base: backup.base.get(composeFile), current, incoming };
  const text = current && (mergeFile(sides, templates.release, 'ours').text ?? current);
  return withCompose({ files, base, notes: [] }, present.lock.project, ofBackup, text);
}

function olderRelease(input: RestoreInput): RestoredFiles {
  const { installation, backup, present, templates, random } = input;
  const { project, group, release, registry, namespace } = present.lock;
  const current = texts(backup.files);
  const computed = planReadable({
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
    withoutEngine: false,
    random,
  });
  const files = new Map(backup.files);
  const base = new Map(computed.base);
  const notes = [
    `The configuration in the backup is updated from release ${backup.lock.release.version} to ${release.version}.`,
    ...computed.conflicts.map(
      ({ file, change }) =>
        `You and the release both changed ${file} ${dotted(change.path)}. Your value is kept.`,
    ),
    ...computed.newlyMandatory.map(
      ({ file, line, key }) => `${file}:${line} ${key} is not set, and the release requires it.`,
    ),
  ];
  for (const { path, kind, text, conflictCopy, note } of computed.outcomes) {
    if (files.has(path) && !computed.read.has(path)) {
      if (path === composeFile) continue;
      const then = backup.base.get(path);
      if (then !== undefined) base.set(path, then);
      notes.push(`${path} is not UTF-8 text, so it is restored without the release's changes.`);
      continue;
    }
    if (kind === 'delete') files.delete(path);
    else if (text !== undefined) files.set(path, bytesOf(text));
    if (conflictCopy !== undefined) files.set(conflictCopyPath(path), bytesOf(conflictCopy));
    if (note !== undefined) notes.push(`${withNote(path, note)}.`);
  }
  const ofBackup = backup.files.get(composeFile);
  if (ofBackup === undefined) return { files, base, notes };
  const text = computed.read.has(composeFile) ? textOf(files.get(composeFile)) : undefined;
  return withCompose({ files, base, notes }, project, ofBackup, text);
}

/**
 * The update of a backup, and which of its files it could read. An update refuses a Compose file that it cannot merge; in
 * a backup no one can correct it, so the rest is restored without it.
 */
function planReadable(input: UpdateInput): UpdatePlan & { readonly read: UpdateInput['current'] } {
  try {
    return { ...planUpdate(input), read: input.current };
  } catch (error) {
    if (!(error instanceof UserError && error.code === 'COMPOSE_UNREADABLE')) throw error;
    const read = new Map(input.current);
    read.delete(composeFile);
    return { ...planUpdate({ ...input, current: read }), read };
  }
}

/** The database is kept and accepts only its current password. */
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
  const note = `The backup does not contain database data, so the database keeps its password. These files keep the current password: ${[...kept.keys()].join(', ')}.`;
  return { ...restored, files, notes: [...restored.notes, note] };
}

/** A Compose file that is unreadable or of another project, with other volumes, is only written as a conflict copy. */
function withCompose(
  restored: RestoredFiles,
  project: string,
  ofBackup: Uint8Array,
  text: string | undefined,
): RestoredFiles {
  const files = new Map(restored.files);
  const fits = text !== undefined && parseYaml(text, composeFile).ok;
  if (fits && projectIn(text) === project) {
    files.set(composeFile, bytesOf(text));
    return { ...restored, files };
  }
  const conflictCopy = `${composeFile}.from-backup`;
  files.delete(composeFile);
  files.set(conflictCopy, ofBackup);
  const note = `${composeFile} from the backup could not be adapted to this installation. The current file is kept, and the one from the backup is saved as ${conflictCopy}.`;
  return { ...restored, files, notes: [...restored.notes, note] };
}

function overrideIn(current: ReadonlyMap<string, string>): OverrideFile | undefined {
  for (const name of overrideNames) {
    const text = current.get(`backend/${name}`);
    if (text !== undefined) return { name, text };
  }
  return undefined;
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
