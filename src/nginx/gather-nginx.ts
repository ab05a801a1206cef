import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { HostAction } from '../installation/plan.ts';
import { changedAt, readText } from '../lib/fs/files.ts';
import { isFolder } from '../lib/fs/place.ts';
import type { Command } from '../lib/process/process.ts';
import { quoted } from '../lib/terminal/words.ts';
import { nginxFile } from '../release/layout.ts';
import {
  errorLogOf,
  type NginxBuild,
  nginxReload,
  pidFileOf,
  systemdIsActive,
  systemdReload,
} from './nginx.ts';
import { readNginxFiles } from './nginx-files.ts';
import { type RunningNginx, runNginx, runningNginx } from './nginx-program.ts';
import { type Rival, rivalsOf } from './served-sites.ts';
import { certificateOfSite } from './site-certificate.ts';
import { linkState } from './site-links.ts';

/** How to add the site to this host's nginx, in the layout of Debian and Ubuntu. */
export interface NginxHost {
  readonly build: NginxBuild;
  /** The path of the site in nginx's own configuration. */
  readonly enabled: string;
  /** The links to create, in order. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  readonly pidFile: string;
  readonly errorLog: string | undefined;
  readonly running: RunningNginx | undefined;
  readonly systemd: boolean;
  /** The running nginx was started before the site, its certificate or its key was changed. */
  readonly stale: boolean;
  /** Other sites for the same names. Those that make nginx ignore our site are only those for names that no site has. */
  readonly rivals: readonly Rival[];
}

/** @throws UserError ROOT_NEEDED unless it is a dry run */
export function mustBeRoot({ root }: Context, folder: string): void {
  if (root) return;
  throw new UserError('ROOT_NEEDED', "Changing this host's nginx requires root.", {
    hint: `Run: sudo proto-scaffold nginx --install --dir ${quoted(folder)}`,
  });
}

/**
 * Inspects the host without changing it.
 * @param folder absolute path of the installation, without links
 * @param text the future content of nginx/proto.conf
 * @throws UserError NGINX_LAYOUT_UNKNOWN, NGINX_SITE_TAKEN, NGINX_NAME_TAKEN
 */
export async function gatherNginx(
  context: Context,
  build: NginxBuild,
  folder: string,
  text: string,
): Promise<NginxHost> {
  const site = join(folder, nginxFile);
  const at = (name: string) => join(dirname(build.conf), name);
  for (const name of ['sites-available', 'sites-enabled']) {
    if (!(await isFolder(at(name))))
      throw unknownLayout(`${at(name)} does not exist.`, build, site);
  }
  const available = at('sites-available/proto.conf');
  const enabled = at('sites-enabled/proto.conf');
  const links = [
    { path: available, target: site },
    { path: enabled, target: available },
  ];
  const missing = [];
  for (const link of links) {
    const state = await linkState(link.path, site);
    if (state === 'absent') missing.push(link);
    else if (state !== 'in place') throw taken(link.path, state.other);
  }
  const rivals = rivalsOf(await readNginxFiles(build.conf, { path: enabled, text }), enabled);
  mustBeServed(rivals);
  const mainConf = (await readText(build.conf)) ?? '';
  const pidFile = pidFileOf(mainConf, build);
  const errorLog = errorLogOf(mainConf, build);
  const running = await runningNginx(pidFile);
  const read = [site, ...Object.values(certificateOfSite(text) ?? {})];
  const changes = await Promise.all(read.map(changedAt));
  const stale = running !== undefined && Math.max(...changes) > running.since;
  const systemd = running !== undefined && (await isSystemds(context));
  return { build, enabled, links: missing, pidFile, errorLog, running, systemd, stale, rivals };
}

/** Whether this host runs systemd and nginx is one of its services (sd_booted(3)). */
async function isSystemds(context: Context): Promise<boolean> {
  if (!(await isFolder('/run/systemd/system'))) return false;
  return (await runNginx(context, systemdIsActive)).exitCode === 0;
}

/**
 * The actions on the host after the file is in place; empty if nothing is left to do.
 * @param changes whether the file changes, and whether testing it alone was sufficient
 */
export function installActions(
  { links, running, stale, systemd }: NginxHost,
  changes: { readonly file: boolean; readonly tested: boolean },
): HostAction[] {
  if (links.length === 0 && !changes.file && !stale && changes.tested) return [];
  const { program, args } = reloadCommand({ systemd });
  const by = [program, ...args].join(' ');
  return [
    ...links.map((link) => ({ kind: 'link' as const, ...link })),
    { kind: 'test-nginx' },
    ...(running === undefined ? [] : [{ kind: 'reload-nginx' as const, by }]),
  ];
}

export function reloadCommand({ systemd }: Pick<NginxHost, 'systemd'>) {
  return systemd ? systemdReload : nginxReload;
}

/** How a running nginx reloads its configuration. */
export async function reloadCommandFor(context: Context): Promise<Command> {
  return reloadCommand({ systemd: await isSystemds(context) });
}

/** nginx only warns if it ignores a site, and its exit code is 0. */
function mustBeServed(rivals: readonly Rival[]): void {
  const first = rivals.filter(({ name, ignored }) => name !== '' && ignored === 'site');
  if (first.length === 0) return;
  const names = [...new Set(first.map(({ name }) => name))].join(', ');
  const message = `nginx would ignore this site, because another site for ${names} comes first.`;
  throw new UserError('NGINX_NAME_TAKEN', message, {
    faults: first.map(({ file, line, name, address }) => ({
      file,
      line,
      message: `has the server_name ${name} on ${address}`,
    })),
  });
}

/** For a host with another layout: what to write where. */
export function unknownLayout(message: string, { conf }: NginxBuild, site: string): UserError {
  return new UserError('NGINX_LAYOUT_UNKNOWN', message, {
    hint: `Add this line to the http block of ${conf}, test with \`sudo nginx -t\`, and reload nginx: include "${site}";`,
  });
}

function taken(path: string, other: string): UserError {
  return new UserError(
    'NGINX_SITE_TAKEN',
    `${path} is ${other} that does not belong to this installation.`,
    {
      hint: `Nothing was changed. Check whether you need it. If not, run: sudo rm ${quoted(path)}`,
    },
  );
}
