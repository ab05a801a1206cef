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

/** With the addresses of the other servers for it, and with a certificate if they got one by hand. */
export function withClosingListens(conf: string): string {
  const others = nginxBlocks(conf, 'server').filter(({ content }) => !isClosing(content));
  const wanted = [...new Set(others.flatMap(listensOf))];
  const found = new Set(closingServers(conf).flatMap(listensOf));
  if (wanted.length === 0 || sameWords(found, new Set(wanted))) return conf;
  const indent = '\n    ';
  const lines = wanted.map((listen) => `listen ${listen};`);
  // nginx does not start if the first server of a TLS address has no certificate.
  const needsOne = wanted.some((listen) => /\sssl\b/.test(listen));
  const own = needsOne ? certificateLines(conf, closingServers(conf)) : [];
  const missing = needsOne && own.length === 0 ? certificateLines(conf, others) : [];
  return replaced(conf, closingRange(conf), [...lines, ...missing].join(indent));
}

/** The directives of the first of some servers that has a certificate, as they are written. */
function certificateLines(conf: string, servers: readonly NginxBlock[]): string[] {
  const ofServers = servers.map(({ content }) =>
    content.filter(({ name }) => isCertificate(name)).map(({ name, args }) => ({ name, args })),
  );
  const first = ofServers.find((directives) => directives.length > 0) ?? [];
  return first.map(({ name, args: [file] }) => `${name} ${conf.slice(file?.start, file?.end)};`);
}

function isCertificate(name: string): boolean {
  return name === 'ssl_certificate' || name === 'ssl_certificate_key';
}

/** With the addresses that another version of the site has for it, so that following them does not count as an edit. */
export function withClosingListensOf(conf: string, other: string): string {
  const [own, range] = [conf, other].map((text) => withComments(text, closingRange(text)));
  const [mine, theirs] = [conf, other].map((text) => closingServers(text).flatMap(listensOf));
  if (range === undefined || sameWords(new Set(mine), new Set(theirs))) return conf;
  return replaced(conf, own, other.slice(range.start, range.end));
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

interface Range {
  readonly start: number;
  readonly end: number;
}

function replaced(conf: string, range: Range | undefined, text: string): string {
  return range === undefined ? conf : conf.slice(0, range.start) + text + conf.slice(range.end);
}

/** From the first `listen` to the end of the last, with a certificate that follows directly. */
function closingRange(conf: string): Range | undefined {
  const [closing] = closingServers(conf);
  const content = closing?.content ?? [];
  const first = content.findIndex(({ name }) => name === 'listen');
  const last = content.findLastIndex(({ name }) => name === 'listen');
  const [from, to] = [content[first], content[last]];
  if (from === undefined || to === undefined) return undefined;
  const after = content.slice(last + 1);
  const others = after.findIndex(({ name }) => !isCertificate(name));
  const end = after.slice(0, others === -1 ? undefined : others).at(-1) ?? to;
  return { start: from.start, end: conf.indexOf(';', end.args.at(-1)?.end ?? end.start) + 1 };
}

/** With those after it that are commented out. */
function withComments(conf: string, range: Range | undefined): Range | undefined {
  if (range === undefined) return undefined;
  const comments = /^(?:\s*# listen [^\n]*)*/.exec(conf.slice(range.end))?.[0] ?? '';
  return { start: range.start, end: range.end + comments.length };
}
