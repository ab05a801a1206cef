import {
  lineOf,
  type NginxBlock,
  type NginxToken,
  nginxBlocks,
  nginxDirectives,
} from '../lib/text/nginx-conf.ts';

/** Which of the sites in nginx's whole configuration answers for a name (nginx, "How nginx processes a request"). */

/** The files of nginx's configuration. */
export interface NginxFiles {
  /** The path of the main file. */
  readonly main: string;
  /** By path; empty for a file that cannot be read. */
  readonly texts: ReadonlyMap<string, string>;
  /** The paths for the word of an include, in nginx's order. */
  readonly includes: ReadonlyMap<string, readonly string[]>;
  /** Paths that this user cannot read. */
  readonly unreadable: readonly string[];
}

/** Another site that answers for a name and address of ours. Of two, nginx uses the first and ignores the other, with a warning. */
export interface Rival {
  readonly file: string;
  /** Of its `server`, from 1. */
  readonly line: number;
  /** Empty: all names that no other site has. */
  readonly name: string;
  /** `0.0.0.0:443` */
  readonly address: string;
  /** What nginx ignores: our site, a server of ours that only redirects, or the other site. */
  readonly ignored: 'site' | 'redirect' | 'other';
}

interface Server {
  readonly file: string;
  readonly start: number;
  readonly names: readonly string[];
  readonly listens: readonly { readonly address: string; readonly isDefault: boolean }[];
  readonly hasContent: boolean;
}

/** @param site the path by which nginx includes our site */
export function rivalsOf(files: NginxFiles, site: string): Rival[] {
  const servers = serversIn(files, files.main, new Set());
  const claimed = claims(servers);
  const rivals = new Map<string, Rival>();
  for (const { names, listens, hasContent } of servers.filter(({ file }) => file === site)) {
    for (const { address } of listens) {
      for (const name of names) {
        const [first, ...others] = claimed.get(`${address} ${name}`) ?? [];
        const report = ({ file, start }: Server, ignored: Rival['ignored']) => {
          if (file === site) return;
          const line = lineOf(files.texts.get(file) ?? '', start);
          const rival = { file, line, name, address, ignored };
          rivals.set(JSON.stringify(rival), rival);
        };
        if (first === undefined) continue;
        if (first.file !== site) report(first, hasContent ? 'site' : 'redirect');
        else if (name !== '') for (const server of others) report(server, 'other');
      }
    }
  }
  return [...rivals.values()];
}

/** The servers for each address and name; nginx uses the first. Without a name, that is the default server. */
function claims(servers: readonly Server[]): Map<string, Server[]> {
  const claimed = new Map<string, Server[]>();
  const add = (key: string, server: Server, isDefault = false) => {
    const others = claimed.get(key);
    if (others === undefined) claimed.set(key, [server]);
    else if (isDefault) others.unshift(server);
    else if (others.at(-1) !== server) others.push(server);
  };
  for (const server of servers) {
    for (const { address, isDefault } of server.listens) {
      add(`${address} `, server, isDefault);
      for (const name of server.names) if (name !== '') add(`${address} ${name}`, server);
    }
  }
  return claimed;
}

/** The words of every include in the http block, or in a file that is included there. */
export function includeWords(conf: string): string[] {
  return nginxDirectives(conf)
    .filter(({ name, within }) => name === 'include' && isHttp(within))
    .flatMap(({ args }) => args.slice(0, 1).map(({ text }) => text));
}

function isHttp(within: readonly string[]): boolean {
  return !within.some((name) => ['stream', 'mail', 'events', 'upstream'].includes(name));
}

/** In the order in which nginx reads them. A file that is included again changes nothing, but would take time again. */
function serversIn(files: NginxFiles, file: string, seen: Set<string>): Server[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const conf = files.texts.get(file) ?? '';
  const servers = new Map(nginxBlocks(conf, 'server').map((block) => [block.start, block]));
  return nginxDirectives(conf).flatMap(({ name, args, within, start }) => {
    if (!isHttp(within)) return [];
    if (name === 'include') {
      const paths = files.includes.get(args[0]?.text ?? '') ?? [];
      return paths.flatMap((path) => serversIn(files, path, seen));
    }
    const block = servers.get(start);
    return block === undefined || args.length > 0 ? [] : [serverOf(block, file)];
  });
}

function serverOf({ content, within, start }: NginxBlock, file: string): Server {
  const direct = content.filter((each) => each.within.length === within.length + 1);
  const argsOf = (name: string) =>
    direct.filter((each) => each.name === name).map(({ args }) => args);
  const names = argsOf('server_name').flat().flatMap(namesFor);
  const listens = argsOf('listen').map(listenOf);
  return {
    file,
    start,
    names: names.length === 0 ? [''] : names,
    listens: listens.length === 0 ? [{ address: '0.0.0.0:80', isDefault: false }] : listens,
    hasContent: direct.some(({ name }) => name === 'location'),
  };
}

/** `_` is not a host name, so only the default server uses it. `.example.com` also means `*.example.com`. */
function namesFor({ text }: NginxToken): string[] {
  const name = text.toLowerCase();
  if (name === '_') return [''];
  return name.startsWith('.') ? [name.slice(1), `*${name}`] : [name];
}

function listenOf(args: readonly NginxToken[]): Server['listens'][number] {
  const [where = '', ...options] = args.map(({ text }) => text);
  const isDefault = options.includes('default_server') || options.includes('default');
  const port = /^(?:(.*):)?(\d+)$/.exec(where.replace(/^\[[^\]]*\]$/, '$&:80'));
  const host = port === null ? where : (port[1] ?? '*');
  if (host.startsWith('unix')) return { address: where, isDefault };
  return { address: `${host === '*' ? '0.0.0.0' : host}:${port?.[2] ?? 80}`, isDefault };
}
