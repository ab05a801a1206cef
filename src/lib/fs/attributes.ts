import { chmod, type FileHandle, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { ignoredVariable } from '../process/ignored-signals.ts';
import { type Finished, run } from '../process/process.ts';
import { isByteName } from '../text/file-name.ts';
import { fileSystemError } from './file-errors.ts';

/** A file that replaces another one, and what of the other one it does not have. */
export interface AttributeLoss {
  /** As passed. */
  readonly path: string;
  /** `owner`, `group`, `ACL`, `extended attributes`. */
  readonly lost: readonly string[];
}

/** A loss in words. */
export function lossWords({ path, lost }: AttributeLoss): string {
  return `The new ${path} cannot keep ${lost.join(' and ')} of the present file, and is not open to more users than that.`;
}

/** Node has no API for ACLs and extended attributes. GNU cp copies both, with owner and mode, and does not touch the content. */
const cp = ['--attributes-only', '--preserve=mode,ownership,xattr'];

/**
 * Gives files in `to` owner, mode, ACL and extended attributes of those in `from`, as far as this user can. What cannot
 * be kept does not open a file to more users.
 * @param all paths of existing files below both folders
 * @returns what is lost, for files that lose something
 * @throws UserError from `fileSystemError`
 */
export async function copyAttributes(
  from: string,
  to: string,
  all: readonly string[],
): Promise<AttributeLoss[]> {
  // A program's arguments are texts in Node.
  const paths = all.filter((path) => !isByteName(path));
  if (paths.length === 0) return [];
  const pairs = paths.map((path) => ({ path, from: join(from, path), to: join(to, path) }));
  await Promise.all(pairs.map(openForCp));
  const copied = await tool('cp', [...cp, '--parents', '-t', to, '--', ...paths], from);
  return lossesOf(pairs, copied);
}

/** The same for one open file. Its name may lead elsewhere by now, where another user can write to the folder. @param path for the result */
export async function copyAttributesOf(
  path: string,
  from: FileHandle,
  to: FileHandle,
): Promise<AttributeLoss[]> {
  const pair = { path, from: nameOfOpen(from), to: nameOfOpen(to) };
  await openForCp(pair);
  return lossesOf([pair], await tool('cp', [...cp, '-T', '--', pair.from, pair.to], '/'));
}

/** The name of an open file for a child process (proc(5)). */
function nameOfOpen({ fd }: FileHandle): string {
  return `/proc/${process.pid}/fd/${fd}`;
}

/** cp opens the target for writing, whatever the mode of the old file. `lossesOf` sets the mode in the end. */
async function openForCp({ to }: Pair): Promise<void> {
  await chmod(to, 0o600).catch((error) => {
    throw fileSystemError(error, to);
  });
}

interface Pair {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

async function lossesOf(
  pairs: readonly Pair[],
  copied: Finished | undefined,
): Promise<AttributeLoss[]> {
  const hasAcl = await aclsOf(pairs.flatMap(({ from, to }) => [from, to]));
  const refused = (copied?.stderr ?? '')
    .split('\n')
    .filter((line) => !/preserve ownership|preserving permissions/.test(line));
  const all = pairs.map(async ({ path, from, to }): Promise<AttributeLoss> => {
    try {
      const [old, made] = await Promise.all([stat(from), stat(to)]);
      const lost = [
        ...(old.uid === made.uid ? [] : ['owner']),
        ...(old.gid === made.gid ? [] : ['group']),
        ...(hasAcl.has(from) && !hasAcl.has(to) ? ['ACL'] : []),
        ...(refused.some((line) => line.includes(`'${to}'`) || line.includes(`"${to}"`))
          ? ['extended attributes']
          : []),
      ];
      // The bits of the group would apply to another group. With an ACL, they are its mask, wider than what the group has.
      const isWider = lost.includes('group') || lost.includes('ACL');
      const mode = old.mode & (isWider ? 0o7707 : 0o7777);
      if ((made.mode & 0o7777) !== mode) await chmod(to, mode);
      return { path, lost };
    } catch (error) {
      throw fileSystemError(error, to);
    }
  });
  return (await Promise.all(all)).filter(({ lost }) => lost.length > 0);
}

/** Those of the files that have an ACL, for which GNU ls prints a `+`. Empty with another ls. */
async function aclsOf(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const listed = await tool('ls', ['-ldbLU', '--', ...paths], '/');
  const lines = (listed?.stdout ?? '').split('\n');
  return new Set(paths.filter((_, index) => lines[index]?.[10] === '+'));
}

/** @returns `undefined` if this host does not have the program */
async function tool(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<Finished | undefined> {
  try {
    const env = { LC_ALL: 'C', [ignoredVariable]: process.env[ignoredVariable] };
    return await run({ program, args, cwd }, { env });
  } catch (error) {
    if (error instanceof UserError && error.code === 'PROGRAM_NOT_FOUND') return undefined;
    throw error;
  }
}
