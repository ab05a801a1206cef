import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Mode and owner of what is there, links followed. */
export interface PathOwner {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** `undefined` where there is nothing, or this user may not look. */
export async function pathOwner(path: string): Promise<PathOwner | undefined> {
  try {
    const { mode, uid, gid } = await stat(path);
    return { path, mode, uid, gid };
  } catch {
    return undefined;
  }
}

/** The path and all folders above it, from the root down. */
export async function wayTo(path: string): Promise<PathOwner[]> {
  const above = path === dirname(path) ? [] : await wayTo(dirname(path));
  const own = await pathOwner(path);
  return own === undefined ? above : [...above, own];
}
