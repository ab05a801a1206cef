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
  readonly line: number;
  readonly names: readonly string[];
  readonly listens: readonly { readonly address: string; readonly isDefault: boolean }[];
  readonly hasContent: boolean;
}

/** @param site the path by which nginx includes our site */
export function rivalsOf(files: NginxFiles, site: string): Rival[] {
  const servers = serversIn(files, files.main, []);
  const own = servers.filter(({ file }) => file === site);
  const rivals = own.flatMap(({ names, listens, hasContent }) =>
    listens.flatMap(({ address }) =>
      names.flatMap((name): Rival[] => {
        const [first, ...others] = claimants(servers, address, name);
        const report = ({ file, line }: Server, ignored: Rival['ignored']) =>
          file === site ? [] : [{ file, line, name, address, ignored }];
        if (first !== undefined && first.file !== site) {
          return report(first, hasContent ? 'site' : 'redirect');
        }
        return name === '' ? [] : others.flatMap((server) => report(server, 'other'));
      }),
    ),
  );
  return [...new Map(rivals.map((rival) => [JSON.stringify(rival), rival])).values()];
}

/** The servers for a name at an address; nginx uses the first. Without a name, that is the default server. */
function claimants(servers: readonly Server[], address: string, name: string): Server[] {
  const here = servers.filter(({ listens }) => listens.some((each) => each.address === address));
  if (name !== '') return here.filter(({ names }) => names.includes(name));
  const isDefault = ({ listens }: Server) =>
    listens.some((each) => each.address === address && each.isDefault);
  return [...here.filter(isDefault), ...here.filter((server) => !isDefault(server))];
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

/** In the order in which nginx reads them. */
function serversIn(files: NginxFiles, file: string, above: readonly string[]): Server[] {
  if (above.includes(file)) return [];
  const conf = files.texts.get(file) ?? '';
  const servers = new Map(nginxBlocks(conf, 'server').map((block) => [block.start, block]));
  return nginxDirectives(conf).flatMap(({ name, args, within, start }) => {
    if (!isHttp(within)) return [];
    if (name === 'include') {
      const paths = files.includes.get(args[0]?.text ?? '') ?? [];
      return paths.flatMap((path) => serversIn(files, path, [...above, file]));
    }
    const block = servers.get(start);
    return block === undefined || args.length > 0 ? [] : [serverOf(block, conf, file)];
  });
}

function serverOf({ content, within, start }: NginxBlock, conf: string, file: string): Server {
  const direct = content.filter((each) => each.within.length === within.length + 1);
  const argsOf = (name: string) =>
    direct.filter((each) => each.name === name).map(({ args }) => args);
  const names = argsOf('server_name').flat().flatMap(namesFor);
  const listens = argsOf('listen').map(listenOf);
  return {
    file,
    line: lineOf(conf, start),
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
