import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/lib/fs/files.ts';
import { DataEngine, hasEngine } from '../support/data-engine/index.ts';
import type { Desk } from '../support/program.ts';

/** What must hold of a desk, whatever happened to the program there. Faults are reported, not thrown. */

/** By path: mode, owner and content, without what differs from run to run. */
export type Snapshot = ReadonlyMap<string, string>;

export interface References {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly contents: boolean;
}

/** A file that the operator saved after the program had ended, and what is written there. */
export interface LateEdit {
  readonly path: string;
  readonly text: string;
}

/** What the program may leave beside an installation. */
const known =
  /^(proto|proto_credentials\.json|\.bin|\.tmp|\.docker|\.config|b\.tar|proto-before-restore-.*\.tar)$/;
const knownState = new Set(['base', 'history', 'lock.json', 'backups.json', 'home.json']);

/** @param contents without them only the current state, and how: `init` makes other secrets every time */
export function snapshot(desk: Desk, contents = true): Snapshot {
  const found = new Map<string, string>();
  const texts = new Map<string, string>();
  const root = desk.path('proto');
  const visit = (path: string) => {
    const at = join(root, path);
    const stat = lstatSync(at, { throwIfNoEntry: false });
    if (stat === undefined) return;
    const about = `${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid}`;
    if (stat.isDirectory()) {
      found.set(path, `folder ${about}`);
      for (const name of readdirSync(at).sort()) visit(join(path, name));
      return;
    }
    found.set(path, `${stat.isFile() ? 'file' : 'other'} ${about}`);
    if (stat.isFile() && contents) texts.set(path, readFileSync(at, 'latin1'));
  };
  visit('');
  for (const [path, hash] of comparable(texts, desk.folder)) {
    found.set(path, `${found.get(path)} ${hash}`);
  }
  // A list of what was backed up, and no part of what is installed.
  found.delete('.proto/backups.json');
  if (hasEngine(desk)) {
    const { leftovers: _, ...data } = new DataEngine(desk).data;
    for (const [what, value] of Object.entries(data))
      found.set(`data: ${what}`, JSON.stringify(value));
  }
  return found;
}

/** Hashes by path. What a text says of its place and its moment does not count, nor how that changes others' hashes. */
function comparable(texts: ReadonlyMap<string, string>, folder: string): Map<string, string> {
  const placeless = new Map<string, string>();
  for (const text of texts.values()) {
    if (text.includes(folder))
      placeless.set(sha256Latin(text), sha256Latin(text.replaceAll(folder, '')));
  }
  return new Map(
    [...texts].map(([path, text]) => {
      const isOwn = path.startsWith('.proto/') && path.endsWith('.json');
      const plain = isOwn
        ? text
            .replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"then"')
            .replace(/\b[0-9a-f]{64}\b/g, (hash) => placeless.get(hash) ?? hash)
        : text;
      return [path, sha256Latin(plain.replaceAll(folder, ''))];
    }),
  );
}

function sha256Latin(text: string): string {
  return sha256(Buffer.from(text, 'latin1'));
}

/**
 * Whether the tree is wholly old or wholly new.
 * @param late what the operator saved meanwhile, which need not stand where it was saved
 */
export function judge(
  desk: Desk,
  { before, after, contents }: References,
  late?: LateEdit,
): { readonly is: 'old' | 'new' | 'neither'; readonly faults: readonly string[] } {
  const found = new Map(
    [...snapshot(desk, contents)].filter(
      ([path]) => !/^\.proto\/history\/(\d+\/late|late-\d+)(\/|$)/.test(path),
    ),
  );
  const differs = (wanted: Snapshot) =>
    [...new Set([...wanted.keys(), ...found.keys()])]
      .filter((path) => wanted.get(path) !== found.get(path))
      .filter((path) => path !== late?.path && !isKeptOf(late, path))
      .map(
        (path) => `${path}: ${found.get(path) ?? 'missing'}, not ${wanted.get(path) ?? 'there'}`,
      );
  const faults = [...litter(desk), ...lost(desk, late), ...unlike(desk)];
  const [fromOld, fromNew] = [differs(before), differs(after)];
  if (fromOld.length === 0) return { is: 'old', faults };
  if (fromNew.length === 0) return { is: 'new', faults: [...faults, ...leftovers(desk)] };
  const nearer = fromOld.length < fromNew.length ? fromOld : fromNew;
  return { is: 'neither', faults: ['neither old nor new', ...nearer.slice(0, 5), ...faults] };
}

/** What is loaded by a restore that was killed is dropped by the next; what was replaced goes with the one that did it. */
function leftovers(desk: Desk): string[] {
  if (!hasEngine(desk)) return [];
  return new DataEngine(desk).data.leftovers.map((name) => `leftover: ${name}`);
}

/** Lock file and merge base belong together. */
function unlike(desk: Desk): string[] {
  const root = desk.path('proto/.proto');
  const files = JSON.parse(readFileSync(join(root, 'lock.json'), 'utf8')).files as object;
  return Object.entries(files)
    .filter(([path, hash]) => sha256(readFileSync(join(root, 'base', path))) !== hash)
    .map(([path]) => `lock.json and base differ: ${path}`);
}

/** What was saved late may be in the state that is kept, and the state's description with it. */
function isKeptOf(late: LateEdit | undefined, path: string): boolean {
  if (late === undefined) return false;
  return /^\.proto\/history\/\d+\/(meta\.json|files\/)/.test(path) && path.endsWith(late.path);
}

/** Files that no one needs any more, beside the installation and in its state. */
export function litter(desk: Desk): string[] {
  const names = (path: string) => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  };
  return [
    ...names(desk.folder).filter((name) => !known.test(name)),
    ...names(desk.path('proto/.proto')).filter((name) => !knownState.has(name)),
    ...names(desk.path('.docker')).filter((name) => name !== 'config.json'),
  ].map((name) => `litter: ${name}`);
}

/** The operator's lines that are nowhere any more. */
export function lost(desk: Desk, late?: LateEdit, lines: readonly string[] = []): string[] {
  const wanted = late === undefined ? lines : [...lines, late.text];
  const texts = readdirSync(desk.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => textOf(join(entry.parentPath, entry.name)));
  return wanted
    .filter((line) => !texts.some((text) => text.includes(line)))
    .map((line) => `lost: ${line}`);
}

/** The engine that stands in removes its containers meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return '';
  }
}
