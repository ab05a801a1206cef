import { lstat, readdir, readlink, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import {
  guarded,
  isMissing,
  readText,
  renameDurably,
  sha256,
  writeNewFile,
} from '../lib/fs/files.ts';
import { randomSuffix } from '../lib/fs/random.ts';
import { removeTree } from '../lib/fs/remove-tree.ts';
import { nginxFile } from '../release/layout.ts';
import { type CopyState, copyWords, installSite } from './nginx.ts';

/**
 * The copy of nginx/proto.conf that belongs to root. nginx's main process runs as root and does what its configuration
 * says, so it must not read a file that another user can change after it was checked.
 */

/** Its first line says whose it is, and shows whether the copy itself was edited. */
const head =
  /^# Copied by proto-scaffold from ("(?:[^"\\]|\\.)*") \(sha256 ([0-9a-f]{64})\)\.[^\n]*\n/;

/** @param site absolute path of nginx/proto.conf; `text` its content */
export function copyOf(site: string, text: string): string {
  // JSON has no line end within a string.
  return `# Copied by proto-scaffold from ${JSON.stringify(site)} (sha256 ${sha256(text)}). Edit that file, then run: sudo proto-scaffold nginx --install\n${text}`;
}

/** How many lines a copy has above those of nginx/proto.conf. */
export const copyHead = 1;

export interface SiteCopy {
  /** The path of the nginx/proto.conf that it was made of. */
  readonly site: string;
  readonly text: string;
  /** The copy itself was edited, by a person or by certbot. */
  readonly edited: boolean;
}

/** `undefined` if a file is none of our copies. */
export function parseCopy(content: string): SiteCopy | undefined {
  const found = head.exec(content);
  if (found === null) return undefined;
  const [line, site = '""', sum] = found;
  const text = content.slice(line.length);
  try {
    return { site: String(JSON.parse(site)), text, edited: sha256(text) !== sum };
  } catch {
    return undefined;
  }
}

/** What exists at a path in nginx's configuration. */
export type Present =
  | { readonly kind: 'absent' | 'other' }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'file'; readonly content: string; readonly safe: boolean };

/** `safe`: only root can change it. */
export async function presentAt(path: string): Promise<Present> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return { kind: 'absent' };
  if (found.isSymbolicLink()) return { kind: 'link', target: await readlink(path) };
  if (!found.isFile()) return { kind: 'other' };
  const content = (await readText(path).catch(() => undefined)) ?? '';
  return { kind: 'file', content, safe: found.uid === 0 && (found.mode & 0o7777) === 0o644 };
}

/** Whether a link leads into a folder. Links are followed one by one, because the last may lead to nothing. */
export async function leadsInto(path: string, folder: string, depth = 8): Promise<boolean> {
  const target = await readlink(path).catch(() => undefined);
  if (target === undefined || depth === 0) return false;
  const at = resolve(dirname(path), target);
  return at.startsWith(`${folder}/`) || leadsInto(at, folder, depth - 1);
}

/** One step to put the site into nginx's configuration. */
export type HostStep =
  | {
      readonly kind: 'copy';
      readonly path: string;
      readonly target: string;
      readonly content: string;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/**
 * Takes a step. What was at its path is replaced at once, a link as well.
 * @returns how to go back
 * @throws UserError FOLDER_READ_ONLY and similar
 */
export async function takeStep(step: HostStep): Promise<() => Promise<void>> {
  const before = await presentAt(step.path);
  await put(step.path, step.kind === 'copy' ? { content: step.content } : { target: step.target });
  return async () => {
    if (before.kind === 'file') await put(step.path, { content: before.content });
    else if (before.kind === 'link') await put(step.path, { target: before.target });
    else await removeTree(step.path);
  };
}

async function put(
  path: string,
  what: { readonly content: string } | { readonly target: string },
): Promise<void> {
  const folder = dirname(path);
  // Patterns such as sites-enabled/* do not match a dot at the start.
  const name = `.${basename(path)}.${randomSuffix()}`;
  if ('content' in what)
    await writeNewFile(folder, { path: name, content: what.content, mode: 0o644 });
  else await guarded(path, () => symlink(what.target, join(folder, name)));
  await renameDurably(join(folder, name), path);
}

/** Whether a copy is of this installation, or of one that does not exist any more (it was moved, for example). */
export async function isCopyFor(copy: SiteCopy, site: string): Promise<boolean> {
  return copy.site === site || (await isMissing(dirname(dirname(copy.site))));
}

/** @param content of the file that nginx includes; `text` of nginx/proto.conf */
export function copyState(content: string, site: string, text: string | undefined): CopyState {
  const copy = parseCopy(content);
  if (copy?.site !== site) return 'absent';
  if (copy.edited) return 'edited';
  return copy.text === text ? 'current' : 'behind';
}

/** The state for this host's nginx, without asking nginx. @param folder absolute path of the installation, without links */
async function presentCopy(folder: string, nginx = '/etc/nginx'): Promise<CopyState> {
  const site = join(folder, nginxFile);
  for (const name of ['sites-enabled/proto.conf', 'conf.d/proto.conf']) {
    const path = join(nginx, name);
    if (await leadsInto(path, folder)) return 'linked';
    const content = await readText(path).catch(() => undefined);
    if (content === undefined) continue;
    const state = copyState(content, site, await readText(site).catch(() => undefined));
    if (state !== 'absent') return state;
  }
  return 'absent';
}

/** A sentence for the operator, with the command to run; `undefined` if nginx does not serve the site, or serves it as it is. */
export async function copyProblem(folder: string): Promise<string | undefined> {
  const words = copyWords(await presentCopy(folder));
  return words === undefined ? undefined : `${words} To install it: ${installSite}`;
}

/** Prints that sentence as a notice. */
export async function noteCopy({ reporter }: Pick<Context, 'reporter'>, folder: string) {
  const problem = await copyProblem(folder);
  if (problem !== undefined) reporter.notice(problem);
}

/** The copies of an installation's site in nginx's configuration, and the links to them or into the installation. */
export async function tracesOf(folder: string, nginx: string): Promise<string[]> {
  const found: string[] = [];
  // Enabled sites first, so that none of them points to nothing.
  for (const name of ['sites-enabled', 'conf.d', 'sites-available']) {
    const names = await readdir(join(nginx, name)).catch(() => []);
    for (const path of names.sort().map((file) => join(nginx, name, file))) {
      if ((await leadsInto(path, folder)) || (await leadsToCopy(path, folder))) found.push(path);
    }
  }
  return found;
}

async function leadsToCopy(path: string, folder: string): Promise<boolean> {
  const content = await readText(path).catch(() => undefined);
  return parseCopy(content ?? '')?.site.startsWith(`${folder}/`) === true;
}

/** Removes a trace. Anything else that is at this path by now stays. */
export async function removeTrace(path: string, folder: string): Promise<void> {
  const { kind } = await presentAt(path);
  if (kind === 'link' || (kind === 'file' && (await leadsToCopy(path, folder))))
    await removeTree(path);
}
