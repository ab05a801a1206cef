import { dirname, join, resolve } from 'node:path';
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
  lineThatIncludes,
  type NginxBuild,
  nginxReload,
  pidFileOf,
  systemdIsActive,
  systemdReload,
} from './nginx.ts';
import { readNginxFiles } from './nginx-files.ts';
import { type RunningNginx, runNginx, runningNginx } from './nginx-program.ts';
import { type NginxFiles, type Rival, rivalsOf } from './served-sites.ts';
import { certificateOfSite } from './site-certificate.ts';
import {
  copyOf,
  copyState,
  type HostStep,
  isCopyFor,
  leadsInto,
  type Present,
  parseCopy,
  presentAt,
} from './site-copy.ts';

/** How to add the site to this host's nginx, in the layout of Debian and Ubuntu or in that of nginx.org. */
export interface NginxHost {
  readonly build: NginxBuild;
  /** The path of the site in nginx's own configuration. */
  readonly enabled: string;
  /** The copy and the link to create, in order. */
  readonly steps: readonly HostStep[];
  /** nginx includes the site already, in whatever state. */
  readonly installed: boolean;
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
 * @throws UserError NGINX_LAYOUT_UNKNOWN, NGINX_INCLUDES_SITE, NGINX_SITE_TAKEN, NGINX_COPY_EDITED, NGINX_NAME_TAKEN
 */
export async function gatherNginx(
  context: Context,
  build: NginxBuild,
  folder: string,
  text: string,
): Promise<NginxHost> {
  const site = join(folder, nginxFile);
  const { copy, enabled } = await placesOf(build, site);
  const files = await readNginxFiles(build.conf, { path: enabled, text });
  mustNotInclude(files, enabled, site);
  const content = copyOf(site, text);
  const before = await presentAt(enabled);
  const steps: HostStep[] = [];
  if (await needsCopy(copy, folder, content)) {
    steps.push({ kind: 'copy', path: copy, target: site, content });
  }
  if (enabled !== copy && (await needsLink(enabled, copy, folder, before))) {
    steps.push({ kind: 'link', path: enabled, target: copy });
  }
  const rivals = rivalsOf(files, enabled);
  mustBeServed(rivals);
  const mainConf = (await readText(build.conf)) ?? '';
  const pidFile = pidFileOf(mainConf, build);
  const errorLog = errorLogOf(mainConf, build);
  const running = await runningNginx(pidFile);
  const read = [copy, ...Object.values(certificateOfSite(text) ?? {})];
  const changes = await Promise.all(read.map(changedAt));
  const stale = running !== undefined && Math.max(...changes) > running.since;
  const systemd = running !== undefined && (await isSystemds(context));
  const installed = before.kind !== 'absent';
  return { build, enabled, steps, installed, pidFile, errorLog, running, systemd, stale, rivals };
}

/** Where the copy goes, and the path by which nginx includes it. */
async function placesOf(
  build: NginxBuild,
  site: string,
): Promise<{ readonly copy: string; readonly enabled: string }> {
  const at = (name: string) => join(dirname(build.conf), name);
  const sites = ['sites-available', 'sites-enabled'].map(at);
  const copy = at('conf.d/proto.conf');
  const places = [];
  if ((await Promise.all(sites.map(isFolder))).every(Boolean)) {
    places.push({
      copy: at('sites-available/proto.conf'),
      enabled: at('sites-enabled/proto.conf'),
    });
  }
  if (await isFolder(dirname(copy))) places.push({ copy, enabled: copy });
  for (const place of places) {
    const { texts } = await readNginxFiles(build.conf, { path: place.enabled, text: '' });
    if (texts.has(place.enabled)) return place;
  }
  // nginx itself decides later, with `nginx -T`.
  if (places[0] !== undefined) return places[0];
  throw unknownLayout(`Neither ${sites[1]} nor ${dirname(copy)} exists.`, build, site);
}

/**
 * An include of the site itself, beside a copy of it, would make nginx load the site twice.
 * @throws UserError NGINX_INCLUDES_SITE
 */
function mustNotInclude({ texts }: NginxFiles, enabled: string, site: string): void {
  for (const [file, conf] of texts) {
    if (file === enabled || file === site) continue;
    const line = lineThatIncludes(conf, site);
    if (line === undefined) continue;
    throw new UserError('NGINX_INCLUDES_SITE', `${file} includes ${site} itself.`, {
      faults: [{ file, line, message: 'includes the site. Delete this line' }],
      hint: `Nothing was changed. Delete line ${line} of ${file}, then run the command again.`,
    });
  }
}

/** @throws UserError NGINX_SITE_TAKEN, NGINX_COPY_EDITED */
async function needsCopy(path: string, folder: string, content: string): Promise<boolean> {
  const site = join(folder, nginxFile);
  const present = await presentAt(path);
  if (present.kind === 'absent' || (await leadsInto(path, folder))) return true;
  const copy = present.kind === 'file' ? parseCopy(present.content) : undefined;
  if (present.kind !== 'file' || copy === undefined || !(await isCopyFor(copy, site))) {
    throw taken(path, copy === undefined ? wordsOf(present) : `the site of ${copy.site}`);
  }
  if (copyState(present.content, copy.site, '') === 'edited') throw edited(path, site);
  return present.content !== content || !present.safe;
}

/** @throws UserError NGINX_SITE_TAKEN */
async function needsLink(
  path: string,
  copy: string,
  folder: string,
  present: Present,
): Promise<boolean> {
  if (present.kind === 'absent') return true;
  if (present.kind === 'link' && resolve(dirname(path), present.target) === copy) return false;
  if (await leadsInto(path, folder)) return true;
  throw taken(path, wordsOf(present));
}

function wordsOf(present: Present): string {
  if (present.kind === 'link') return `a link to ${present.target}`;
  return present.kind === 'file' ? 'a file' : 'a folder';
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
  { steps, running, stale, systemd }: NginxHost,
  changes: { readonly file: boolean; readonly tested: boolean },
): HostAction[] {
  if (steps.length === 0 && !changes.file && !stale && changes.tested) return [];
  const { program, args } = reloadCommand({ systemd });
  const by = [program, ...args].join(' ');
  return [
    ...steps.map(({ kind, path, target }) =>
      kind === 'copy' ? { kind, path, from: target } : { kind, path, target },
    ),
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
    hint: `Create the folder ${dirname(conf)}/conf.d, add this line to the http block of ${conf}, and run the command again: include ${dirname(conf)}/conf.d/*.conf; Do not include ${site} itself: whoever can change it could use root's rights.`,
  });
}

function edited(path: string, site: string): UserError {
  return new UserError('NGINX_COPY_EDITED', `${path} was edited, and is only a copy of ${site}.`, {
    hint: `Nothing was changed. To see the edits, run: diff ${quoted(path)} ${quoted(site)}. Make them in ${site}, then run: sudo rm ${quoted(path)}, and run this command again.`,
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
