import { mergeText } from '../merge/merge-text.ts';
import { mergeYaml } from '../merge/merge-yaml.ts';
import type { KeyChange, OnConflict } from '../merge/result.ts';
import { mergeTomlFile } from '../merge/schema-directive.ts';
import { composeFile, hbaFile } from '../release/layout.ts';
import { type Release, renamesOf } from '../release/release.ts';
import { mergeHba } from './pg-hba.ts';

/** The three versions of one file of an installation; `undefined` if a version does not exist. */
export interface FileSides {
  readonly path: string;
  /** The last pristine render. */
  readonly base: string | undefined;
  /** The file on disk. */
  readonly current: string | undefined;
  /** The new render. */
  readonly incoming: string | undefined;
}

/** The result of an update for one file. */
export interface FileOutcome {
  readonly path: string;
  readonly kind: 'create' | 'update' | 'merge' | 'keep' | 'delete' | 'conflict';
  /** The new content; absent if the file does not exist, or is not changed. */
  readonly text?: string;
  readonly changes: readonly KeyChange[];
  /** The base of the next merge; absent if the file is no longer the vendor's. */
  readonly base?: string;
  /** The new render, to save next to the operator's file if the two could not be merged. */
  readonly conflictCopy?: string;
  /** A note for the operator: a sentence without a subject, which follows the path. */
  readonly note?: string;
}

/**
 * Rules 1 to 6 of DESIGN.md, "Update is a three-way merge", for one file: a file that the operator deleted
 * or broke is left unchanged, and the operator's content is never overwritten.
 */
export function mergeFile(
  sides: FileSides,
  release: Pick<Release, 'renames'>,
  onConflict: OnConflict,
): FileOutcome {
  const { path, base, current, incoming } = sides;
  const untouched = { path, changes: [] };
  if (incoming === undefined) return withoutIncoming(sides);
  if (current === undefined) {
    if (base === undefined) return { ...untouched, kind: 'create', text: incoming, base: incoming };
    const note = 'was deleted by you and is not created again';
    return { ...untouched, kind: 'keep', base: incoming, ...(base === incoming ? {} : { note }) };
  }
  if (current === base && current === incoming) return { ...untouched, kind: 'keep', base };
  // The operator's own file at the path of a new release file: all its content is the operator's.
  const pristine = base ?? '';
  const merged = mergerFor(path)(pristine, current, incoming, {
    onConflict,
    renames: renamesOf(path, release),
  });
  switch (merged.kind) {
    case 'unreadable': {
      const { line, column, message, side } = merged.fault;
      const where = side === 'current' ? `:${line}:${column}` : ` (${side})`;
      const note = `${where}: ${message}; the file is kept as it is, and the release's changes are postponed`;
      // The old base stays, so that postponed changes are merged when the file can be read again.
      return { ...untouched, kind: 'conflict', base: pristine, note };
    }
    case 'unsafe':
      return {
        path,
        kind: 'conflict',
        changes: merged.changes,
        base: pristine,
        conflictCopy: incoming,
        note: `could not be merged (${merged.reason}); the file is kept as it is, and the new version is saved next to it`,
      };
    case 'merged': {
      const { text, changes } = merged;
      if (text === current) return { path, kind: 'keep', changes, base: incoming };
      const kind = text === incoming && current === pristine ? 'update' : 'merge';
      return { path, kind, text, changes, base: incoming };
    }
  }
}

/** A note as a sentence: a place in the file follows the path at once. */
export function withNote(path: string, note: string): string {
  return `${path}${/^[: ]/.test(note) ? '' : ' '}${note}`;
}

function withoutIncoming({ path, base, current }: FileSides): FileOutcome {
  if (current === undefined) return { path, kind: 'keep', changes: [] };
  if (current === base) return { path, kind: 'delete', changes: [] };
  const note = 'is no longer part of the release, but is kept because you changed it';
  return { path, kind: 'keep', changes: [], note };
}

function mergerFor(path: string) {
  if (path.endsWith('.toml')) return mergeTomlFile;
  if (path === hbaFile) return mergeHba;
  return path === composeFile ? mergeYaml : mergeText;
}
