import type { Fault } from '../errors.ts';
import type { Command } from '../lib/process/process.ts';
import { argsOf, lineOf, type NginxDirective, nginxDirectives } from '../lib/text/nginx-conf.ts';
import { nginxFile } from '../release/layout.ts';
import { compareVersions } from '../release/release-order.ts';
import { nginxWord } from './nginx-word.ts';

/** nginx as a program: its commands, and how to interpret its output. */

/** The parts of `nginx -V` that describe a build. */
export interface NginxBuild {
  readonly prefix: string;
  /** The main configuration file, absolute: `/etc/nginx/nginx.conf`. */
  readonly conf: string;
  readonly pidFile: string;
  /** `stderr` on Debian. */
  readonly errorLog: string;
  /** `1.18.0`; `undefined` if it is unclear. */
  readonly version: string | undefined;
  /** Has the module for HTTP/2. */
  readonly http2: boolean;
  /** Modules that are excluded from the build: `http_scgi_module`. */
  readonly without: ReadonlySet<string>;
}

export const nginxBuild: Command = { program: 'nginx', args: ['-V'] };
/** Tests nginx's whole configuration and prints it: each file after a line with its name. */
export const nginxDump: Command = { program: 'nginx', args: ['-T'] };
/** Tests nginx's whole configuration, and prints nothing if it is valid. */
export const nginxTestAll: Command = { program: 'nginx', args: ['-t', '-q'] };
export const nginxReload: Command = { program: 'nginx', args: ['-s', 'reload'] };
export const systemdIsActive: Command = {
  program: 'systemctl',
  args: ['is-active', '--quiet', 'nginx'],
};
export const systemdReload: Command = { program: 'systemctl', args: ['reload', 'nginx'] };

/** Tests only `folder/nginx.conf`. */
export function nginxTest(folder: string): Command {
  return { program: 'nginx', args: ['-t', '-p', folder, '-c', `${folder}/nginx.conf`] };
}

/** Parses the output of `nginx -V` (on stderr). Missing paths have nginx's defaults. */
export function parseBuild(text: string): NginxBuild {
  const prefix = option(text, 'prefix') ?? '/usr/local/nginx';
  const at = (name: string, otherwise: string) => absolute(option(text, name) ?? otherwise, prefix);
  return {
    prefix,
    conf: at('conf-path', 'conf/nginx.conf'),
    pidFile: at('pid-path', 'logs/nginx.pid'),
    errorLog: option(text, 'error-log-path') ?? 'logs/error.log',
    version: /\/(\d+(?:\.\d+)+)/.exec(text)?.[1],
    http2: /--with-http_v2_module\b/.test(text),
    without: new Set(Array.from(text.matchAll(/--without-(\S+)/g), (match) => match[1] ?? '')),
  };
}

/** What a site may use on a host. */
export interface NginxAbilities {
  /** The kernel has IPv6. */
  readonly ipv6?: boolean;
  /** How a site enables HTTP/2; with nginx older than 1.19.7, it has limits of its own for headers. */
  readonly http2?: 'none' | 'listen' | 'listen with limits' | 'directive';
}

export function http2Of({
  version = '1.19.7',
  http2,
}: Pick<NginxBuild, 'version' | 'http2'>): NonNullable<NginxAbilities['http2']> {
  if (!http2) return 'none';
  if ((compareVersions(version, '1.25.1') ?? 0) >= 0) return 'directive';
  return (compareVersions(version, '1.19.7') ?? 0) >= 0 ? 'listen' : 'listen with limits';
}

/** What a site already uses, for a command that does not ask nginx. */
export function abilitiesIn(conf: string): NginxAbilities {
  const directives = nginxDirectives(conf);
  const isUsed = (directive: string, word: RegExp) =>
    directives.some(
      ({ name, args }) => name === directive && args.some(({ text }) => word.test(text)),
    );
  return {
    ipv6: isUsed('listen', /^\[/),
    http2: isUsed('http2', /^on$/)
      ? 'directive'
      : isUsed('http2_max_field_size', /./)
        ? 'listen with limits'
        : 'listen',
  };
}

function absolute(path: string, prefix: string): string {
  return path.startsWith('/') ? path : `${prefix.replace(/\/+$/, '')}/${path}`;
}

function option(text: string, name: string): string | undefined {
  return new RegExp(`--${name}=(\\S+)`).exec(text)?.[1];
}

/** The `pid` setting of the main configuration file, or the build's default. */
export function pidFileOf(mainConf: string, build: NginxBuild): string {
  const path = mainSetting(mainConf, 'pid');
  return path === undefined ? build.pidFile : absolute(path, build.prefix);
}

/** The error log of the running nginx; `undefined` if it is not a file. */
export function errorLogOf(mainConf: string, build: NginxBuild): string | undefined {
  const path = mainSetting(mainConf, 'error_log') ?? build.errorLog;
  return /^(stderr$|syslog:|memory:)/.test(path) ? undefined : absolute(path, build.prefix);
}

/** The first argument of a directive outside of all blocks. */
function mainSetting(mainConf: string, name: string): string | undefined {
  const isSetting = (each: NginxDirective) => each.name === name && each.within.length === 0;
  return nginxDirectives(mainConf).find(isSetting)?.args[0]?.text;
}

/** nginx does not start if a host name is longer, and accepts it only once in the http block. */
export const namesSize = 'server_names_hash_bucket_size';

/** The name of `site` in the folder of `isolatedConf`, in which it is tested alone. */
export const isolatedSite = 'site-under-test.conf';

/**
 * A main configuration that contains only the site, and makes nginx write only to its folder. Names that are long fit, as
 * they may in the host's own, unless the site itself says how long they are.
 */
export function isolatedConf(folder: string, { without }: NginxBuild, site: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].filter(
    (name) => !without.has(`http_${name}_module`),
  );
  return [
    `pid ${nginxWord(`${folder}/nginx.pid`)};`,
    `error_log ${nginxWord(`${folder}/error.log`)};`,
    'events {}',
    'http {',
    '    access_log off;',
    ...(argsOf(site, namesSize).length > 0 ? [] : [`    ${namesSize} 512;`]),
    ...temporary.map((name) => `    ${name}_temp_path ${nginxWord(`${folder}/${name}`)};`),
    `    include ${isolatedSite};`,
    '}',
    '',
  ].join('\n');
}

/** The site with its logs in the folder: the test opens them, and may be run by a user who cannot write the host's. */
export function isolatedText(folder: string, text: string): string {
  const logs = nginxDirectives(text).flatMap(({ name, args: [path] }) =>
    /^(access|error)_log$/.test(name) && path && !/^(off$|stderr$|syslog:|memory:)/.test(path.text)
      ? [{ ...path, text: nginxWord(`${folder}/${name}`) }]
      : [],
  );
  return logs.reduceRight(
    (edited, { text: path, start, end }) => edited.slice(0, start) + path + edited.slice(end),
    text,
  );
}

/** The result of a configuration test. */
export interface NginxVerdict {
  readonly ok: boolean;
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
  /** The ports could not be tested: this user is not allowed to open them. */
  readonly portsUntried: boolean;
  /** The test stopped at a certificate or key that this user cannot read. */
  readonly keyUnreadable: boolean;
  /** The only fault is an unknown name that the host's own http block may define: a log format, a zone, a module's directive. */
  readonly namesUnknown: boolean;
}

/** `nginx: [emerg] …`, or after an error_log was read `2026/11/26 14:43:56 [emerg] 8934#8934: …` */
const logLine = /^(?:nginx:|[\d/]{10} [\d:]{8}) \[(\w+)\] (?:\d+#\d+: )?(.*)$/gm;

/** The file that the operator knows, and how many lines nginx's has above it. */
export interface KnownFile {
  readonly file: string;
  readonly above: number;
}

/**
 * Parses the stderr of `nginx -t`.
 * @param names maps nginx's file names to the ones that the operator knows
 */
export function readVerdict(
  exitCode: number,
  stderr: string,
  names: ReadonlyMap<string, KnownFile>,
): NginxVerdict {
  const lines = [...stderr.matchAll(logLine)].map(([, level = '', message = '']) => ({
    level,
    ...placeOf(message, names),
  }));
  // nginx opens the compiled-in error log before it reads any configuration. That failure is harmless.
  const bad = lines.filter(({ level }) => ['emerg', 'crit'].includes(level));
  const sound = /syntax is ok/.test(stderr);
  const blocked = bad.filter(({ message }) => /^bind\(\) to .* failed \(13:/.test(message));
  const portsUntried = sound && blocked.length > 0 && blocked.length === bad.length;
  const faults = portsUntried ? [] : bad.map(({ level: _, ...fault }) => fault);
  const last = { file: nginxFile, message: stderr.trim().split('\n').at(-1) ?? '' };
  const ok = exitCode === 0 || portsUntried;
  return {
    ok,
    faults: ok || faults.length > 0 ? faults : [last],
    warnings: lines.filter(({ level }) => level === 'warn').map(wordsOf),
    portsUntried,
    keyUnreadable: bad.some(({ message }) =>
      /^(cannot load certificate|BIO_new_file|SSL_CTX_use).*Permission denied/is.test(message),
    ),
    namesUnknown:
      bad.length > 0 && bad.every(({ message }) => /^unknown |shared memory zone/.test(message)),
  };
}

function placeOf(message: string, names: ReadonlyMap<string, KnownFile>): Fault {
  const [, said = message, path = '', line = ''] = /^(.*?),? in (\/.*):(\d+)$/.exec(message) ?? [];
  // Without a position, the message is about something that a line refers to: a certificate, a port.
  if (path === '') return { file: nginxFile, message };
  const { file, above } = names.get(path) ?? { file: path, above: 0 };
  return { file, line: Number(line) - above, message: said };
}

function wordsOf({ file, line, message }: Fault): string {
  return `nginx warns: ${message}${line === undefined ? '' : ` (${file}:${line})`}`;
}

/** Whether a dump of `nginx -T` contains this file. */
export function isInDump(dump: string, path: string): boolean {
  return dump.includes(`\n# configuration file ${path}:\n`);
}

/** The line, from 1, on which a configuration includes exactly this file. A pattern may stay: nginx accepts one without a file. */
export function lineThatIncludes(conf: string, path: string): number | undefined {
  const found = nginxDirectives(conf).find(
    ({ name, args }) => name === 'include' && args[0]?.text === path,
  );
  return found && lineOf(conf, found.start);
}

/** What nginx serves of an installation's nginx/proto.conf. */
export type CopyState =
  /** nginx does not include it. */
  | 'absent'
  | 'current'
  /** nginx/proto.conf was changed since the copy was made. */
  | 'behind'
  | 'edited'
  /** nginx reads nginx/proto.conf itself, by a link of an earlier version or by an include. */
  | 'linked';

/** What a state means for the operator, as a sentence; `undefined` if nothing is to be done. */
export function copyWords(state: CopyState): string | undefined {
  switch (state) {
    case 'behind':
      return `nginx on this host serves an earlier copy of ${nginxFile}.`;
    case 'edited':
      return `The copy of ${nginxFile} in nginx's configuration was edited there.`;
    case 'linked':
      return `nginx on this host reads ${nginxFile} of the installation itself, so whoever can change that file can use root's rights.`;
    default:
      return undefined;
  }
}

/** The command to run, in the installation, after nginx/proto.conf has changed. Separate, so that printing it loads no nginx code. */
export const installSite = 'sudo proto-scaffold nginx --install';
