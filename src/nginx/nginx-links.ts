import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { listFolder, readText } from '../lib/fs/files.ts';
import { nginxFile } from '../release/layout.ts';
import { lineThatIncludes, type NginxBuild, pidFileOf } from './nginx.ts';
import { findNginx, runningNginx } from './nginx-program.ts';
import { tracesOf } from './site-copy.ts';

/** How a host's nginx finds the site of an installation. */
export interface NginxLinks {
  /** The copies of the site, and the links, outermost first. */
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
  if (build === undefined) return { links: await tracesOf(folder, '/etc/nginx'), nginxRuns: false };
  const mainConf = (await readText(build.conf).catch(() => undefined)) ?? '';
  await mustNotInclude(build, join(folder, nginxFile));
  return {
    links: await tracesOf(folder, dirname(build.conf)),
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
