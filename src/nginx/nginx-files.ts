import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { listFolder, readText } from '../lib/fs/files.ts';
import { includeWords, type NginxFiles } from './served-sites.ts';

/** A file of nginx's configuration that does not exist yet, or gets another content. */
export interface PlannedFile {
  readonly path: string;
  readonly text: string;
}

/** Far above any configuration. */
const mostFiles = 5000;

/**
 * Reads nginx's configuration as nginx does: the main file and everything that its http block includes.
 * @param main absolute path
 */
export async function readNginxFiles(main: string, planned?: PlannedFile): Promise<NginxFiles> {
  const texts = new Map<string, string>();
  const includes = new Map<string, readonly string[]>();
  const unreadable: string[] = [];
  const waiting = [main];
  for (const path of waiting) {
    if (texts.has(path) || texts.size > mostFiles) continue;
    const text = path === planned?.path ? planned.text : await textOf(path);
    if (text === undefined) unreadable.push(path);
    texts.set(path, text ?? '');
    for (const word of includeWords(text ?? '')) {
      const paths =
        includes.get(word) ?? (await matches(resolve(dirname(main), word), planned, unreadable));
      includes.set(word, paths);
      waiting.push(...paths);
    }
  }
  return { main, texts, includes, unreadable };
}

/** @returns `undefined` if it cannot be read; empty if it does not exist */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await readText(path)) ?? '';
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The paths for a pattern of glob(7), sorted by bytes, as nginx gets them. @param unreadable gets folders that cannot be read */
async function matches(
  pattern: string,
  planned: PlannedFile | undefined,
  unreadable: string[],
): Promise<string[]> {
  if (!isGlob(pattern)) return [pattern];
  let found = ['/'];
  for (const part of pattern.split('/').slice(1)) {
    const next = found.map(async (folder) => {
      if (!isGlob(part)) return [join(folder, part)];
      const names = await listFolder(folder).catch(() => void unreadable.push(folder));
      const all = new Set(names ?? []);
      if (planned !== undefined && dirname(planned.path) === folder)
        all.add(basename(planned.path));
      const matcher = globPart(part);
      return [...all].filter((name) => matcher?.test(name)).map((name) => join(folder, name));
    });
    found = (await Promise.all(next)).flat();
  }
  return found.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/** One part of a path; `undefined` if it matches nothing. A wildcard does not match a dot at the start. */
function globPart(part: string): RegExp | undefined {
  const source = part.replace(/\[[^\]]+\]|[\s\S]/g, (token) => {
    if (token === '*') return '.*';
    if (token === '?') return '.';
    if (token.length > 1) return token.replaceAll('\\', '\\\\').replace(/^\[!/, '[^');
    return token.replace(/[\\^$.|+()[\]{}]/, '\\$&');
  });
  try {
    return new RegExp(`^${/^[*?[]/.test(part) ? '(?!\\.)' : ''}${source}$`, 's');
  } catch {
    return undefined;
  }
}
