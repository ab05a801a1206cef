import { lstat, readdir, readlink, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { listFolder, readText } from '../lib/fs/files.ts';
import { nginxFile } from '../release/layout.ts';
import { lineThatIncludes, type NginxBuild, pidFileOf } from './nginx.ts';
import { findNginx, runningNginx } from './nginx-program.ts';

/** Where Debian and Ubuntu keep nginx's sites, enabled sites first. */
const folders = ['sites-enabled', 'conf.d', 'sites-available'];

/**
 * The links in nginx's configuration that point, directly or through other links, into a folder.
 * @param nginx `/etc/nginx`
 */
export async function linksInto(nginx: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of folders) {
    const names = await readdir(join(nginx, name)).catch(() => []);
    for (const path of names.sort().map((file) => join(nginx, name, file))) {
      if (await leadsInto(path, folder)) found.push(path);
    }
  }
  return found;
}

/** The final target may no longer exist, so links are followed one by one. */
async function leadsInto(path: string, folder: string, depth = 8): Promise<boolean> {
  const target = await readlink(path).catch(() => undefined);
  if (target === undefined || depth === 0) return false;
  const at = resolve(dirname(path), target);
  return at.startsWith(`${folder}/`) || leadsInto(at, folder, depth - 1);
}

/** Removes a link. Anything else at this path stays. */
export async function removeLink(path: string): Promise<void> {
  try {
    if ((await lstat(path)).isSymbolicLink()) await rm(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileSystemError(error, path);
  }
}

/** How a host's nginx finds the site of an installation. */
export interface NginxLinks {
  /** The outermost first. */
  readonly links: readonly string[];
  readonly nginxRuns: boolean;
}

/**
 * @param folder absolute path of the installation, without links
 * @throws UserError NGINX_INCLUDES_SITE if a manually written line includes it, which we must not remove
 */
export async function gatherNginxLinks(context: Context, folder: string): Promise<NginxLinks> {
  const build = await findNginx(context).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'NGINX_NOT_FOUND') return undefined;
    throw error;
  });
  // nginx may be uninstalled with its configuration left behind.
  if (build === undefined)
    return { links: await linksInto('/etc/nginx', folder), nginxRuns: false };
  const mainConf = (await readText(build.conf).catch(() => undefined)) ?? '';
  await mustNotInclude(build, join(folder, nginxFile));
  return {
    links: await linksInto(dirname(build.conf), folder),
    nginxRuns: (await runningNginx(pidFileOf(mainConf, build))) !== undefined,
  };
}

async function mustNotInclude({ conf }: NginxBuild, site: string): Promise<void> {
  const extra = join(dirname(conf), 'conf.d');
  const names = await listFolder(extra).catch(() => []);
  const taken = (names ?? []).filter((name) => name.endsWith('.conf'));
  for (const path of [conf, ...taken.map((name) => join(extra, name))]) {
    const line = lineThatIncludes((await readText(path).catch(() => undefined)) ?? '', site);
    if (line === undefined) continue;
    const message =
      'nginx would fail to restart, because its configuration includes the site of this installation.';
    throw new UserError('NGINX_INCLUDES_SITE', message, {
      hint: 'Nothing was removed. Delete the line, then run: sudo nginx -t && sudo systemctl reload nginx',
      faults: [{ file: path, line, message: `includes ${site}` }],
    });
  }
}
