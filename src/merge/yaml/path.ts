import type { KeyPath } from '../result.ts';
import type { Body, Entry } from './layout.ts';

/** The entry at a path of keys, as far as mappings and keyed lists go. */
export function entryAt(root: Body, path: KeyPath): Entry | undefined {
  let body: Body | undefined = root;
  let entry: Entry | undefined;
  for (const key of path) {
    entry = body?.entries.get(String(key));
    body = entry?.body;
  }
  return entry;
}

/** The body of the entry at a path; the empty path is the file's own. */
export function bodyAt(root: Body, path: KeyPath): Body | undefined {
  return path.length === 0 ? root : entryAt(root, path)?.body;
}
