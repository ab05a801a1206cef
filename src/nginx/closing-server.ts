import { type NginxBlock, nginxBlocks } from '../lib/text/nginx-conf.ts';

/**
 * The server of a site that closes connections for names that no site has. It listens where the site's other servers do:
 * they have the operator's edits, it has a copy.
 */

/** Its name. It is not a host name, so a request for it is one for an unknown name. */
export const otherNames = '_proto_other_names';

/** The servers of a site that close connections: one, or none of an older site. */
export function closingServers(conf: string): NginxBlock[] {
  return nginxBlocks(conf, 'server').filter(({ content }) => isClosing(content));
}

function isClosing(content: NginxBlock['content']): boolean {
  return content.some(({ name, args }) => name === 'server_name' && args[0]?.text === otherNames);
}

/** With the addresses of the other servers for it. */
export function withClosingListens(conf: string): string {
  const others = nginxBlocks(conf, 'server').filter(({ content }) => !isClosing(content));
  const wanted = [...new Set(others.flatMap(listensOf))];
  const found = new Set(closingServers(conf).flatMap(listensOf));
  if (wanted.length === 0 || sameWords(found, new Set(wanted))) return conf;
  const indent = '\n    ';
  return replaced(conf, wanted.map((listen) => `listen ${listen};`).join(indent));
}

/** With the addresses that another version of the site has for it, so that following them does not count as an edit. */
export function withClosingListensOf(conf: string, other: string): string {
  const range = closingRange(other);
  const [mine, theirs] = [conf, other].map((text) => closingServers(text).flatMap(listensOf));
  if (range === undefined || sameWords(new Set(mine), new Set(theirs))) return conf;
  return replaced(conf, other.slice(range.start, range.end));
}

function sameWords(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((word) => b.has(word));
}

/** Without options of the socket, which nginx accepts only once for an address. */
function listensOf({ content }: NginxBlock): string[] {
  return content
    .filter(({ name }) => name === 'listen')
    .map(({ args }) => {
      const [where = '', ...options] = args.map(({ text }) => text);
      const kept = options.filter((word) => ['ssl', 'http2', 'proxy_protocol'].includes(word));
      return [where, ...kept].join(' ');
    });
}

function replaced(conf: string, listens: string): string {
  const range = closingRange(conf);
  if (range === undefined) return conf;
  return conf.slice(0, range.start) + listens + conf.slice(range.end);
}

/** From the first `listen` to the end of the last. */
function closingRange(conf: string): { start: number; end: number } | undefined {
  const listens = closingServers(conf).flatMap(({ content }) =>
    content.filter(({ name }) => name === 'listen'),
  );
  const [first, last] = [listens[0], listens.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return { start: first.start, end: conf.indexOf(';', last.args.at(-1)?.end ?? last.start) + 1 };
}
