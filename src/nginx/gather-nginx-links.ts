import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { listFolder, readText } from '../lib/fs/files.ts';
import { nginxFile } from '../release/layout.ts';
import { lineThatIncludes, type NginxBuild, pidFileOf } from './nginx.ts';
import { linksInto } from './nginx-links.ts';
import { runningNginx } from './nginx-process.ts';
import { findNginx } from './nginx-program.ts';

/** By what a host's nginx finds the site of an installation. */
export interface NginxLinks {
  /** The outermost first. */
  readonly links: readonly string[];
  readonly nginxRuns: boolean;
}

/**
 * @param folder absolute path of the installation, without links
 * @throws UserError NGINX_INCLUDES_SITE where it is a line that somebody wrote, which is not ours to take out
 */
export async function gatherNginxLinks(context: Context, folder: string): Promise<NginxLinks> {
  const build = await findNginx(context).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'NGINX_NOT_FOUND') return undefined;
    throw error;
  });
  // It may be gone with its configuration left.
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
      'nginx would not start again: its configuration includes the site of this installation.';
    throw new UserError('NGINX_INCLUDES_SITE', message, {
      hint: 'Nothing was removed. Take the line out, then: sudo nginx -t && sudo systemctl reload nginx',
      faults: [{ file: path, line, message: `includes ${site}` }],
    });
  }
}
