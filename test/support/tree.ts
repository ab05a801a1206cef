import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What lies below a folder: by path, one line on each entry (`file 600 <sha256>`, `folder 755`, `link …`). */
export type Tree = Readonly<Record<string, string>>;

export interface TreeOptions {
  /** Names in the folder itself that do not count. */
  readonly without?: readonly string[];
  /** Tell times, too: to the nanosecond, of the content and of the inode. */
  readonly times?: boolean;
}

export function treeOf(folder: string, { without = [], times = false }: TreeOptions = {}): Tree {
  const tree: Record<string, string> = {};
  const visit = (path: string) => {
    for (const name of readdirSync(join(folder, path)).sort()) {
      const below = join(path, name);
      if (without.includes(below)) continue;
      tree[below] = describeEntry(join(folder, below), times);
      if (tree[below]?.startsWith('folder')) visit(below);
    }
  };
  visit('');
  return tree;
}

function describeEntry(path: string, times: boolean): string {
  const stat = lstatSync(path, { bigint: true });
  const mode = (Number(stat.mode) & 0o7777).toString(8);
  const when = times ? ` ${stat.mtimeNs} ${stat.ctimeNs} ${stat.ino}` : '';
  if (stat.isSymbolicLink()) return `link ${readlinkSync(path)}${when}`;
  if (stat.isDirectory()) return `folder ${mode}${when}`;
  if (!stat.isFile()) return `other ${mode}${when}`;
  const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
  return `file ${mode} ${hash}${when}`;
}

/** Folders and files with their modes alone: `backend/ 700`. */
export function modesOf(tree: Tree): string[] {
  return Object.entries(tree).map(([path, entry]) => {
    const [kind, mode] = entry.split(' ');
    return `${path}${kind === 'folder' ? '/' : ''} ${mode}`;
  });
}

/** As `cp -a`: with the group through which the containers read. Node's own copy gives all files to the user who copies. */
export function copyWithOwners(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  execFileSync('cp', ['--archive', '--no-target-directory', from, to]);
}
