import { mergeText } from '../merge/merge-text.ts';
import { mergeYaml } from '../merge/merge-yaml.ts';
import type { KeyChange, OnConflict } from '../merge/result.ts';
import { mergeTomlFile } from '../merge/schema-directive.ts';
import { composeFile, hbaFile } from '../release/layout.ts';
import { type Release, renamesOf } from '../release/release.ts';
import { mergeHba } from './pg-hba.ts';

/** The three sides of one file of an installation; `undefined` if a side does not have it. */
export interface FileSides {
  readonly path: string;
  /** The last pristine render. */
  readonly base: string | undefined;
  /** What is on the disk. */
  readonly current: string | undefined;
  /** The new render. */
  readonly incoming: string | undefined;
}

/** What an update makes of one file. */
export interface FileOutcome {
  readonly path: string;
  readonly kind: 'create' | 'update' | 'merge' | 'keep' | 'delete' | 'conflict';
  /** What the file holds afterwards; absent where it is not there, or not touched. */
  readonly text?: string;
  readonly changes: readonly KeyChange[];
  /** What the next update merges against; absent where the file is no longer the vendor's. */
  readonly base?: string;
  /** The new render, to be laid beside the operator's file where the two could not be merged. */
  readonly conflictCopy?: string;
  /** What the operator should know, in a sentence without a subject: the path stands before it. */
  readonly note?: string;
}

/**
 * Rules 1 to 6 of DESIGN.md, "Update is a three-way merge", for one file: a file that the operator deleted
 * or broke is left as it is, and nothing of his is overwritten.
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
  // A file of the operator's own where the release brings one now: nothing of his is the vendor's.
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
      // The old base stays: what waits is merged when the file can be read again.
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
