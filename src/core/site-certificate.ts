/** The files of nginx's `ssl_certificate` and `ssl_certificate_key`, absolute paths of the host. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/**
 * The certificate that nginx/proto.conf names now; `undefined` where the site has none. The file is the operator's, and
 * the one home of these two values after `init`.
 */
export function certificateOfSite(conf: string): CertificateFiles | undefined {
  const certificate = directive(conf, 'ssl_certificate');
  const key = directive(conf, 'ssl_certificate_key');
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

/** The names that nginx/proto.conf answers for, of all its servers (nginx, "Server names"). */
export function serverNamesOf(conf: string): string[] {
  const directives = conf.matchAll(/^[^#\n]*?(?<!\w)server_name\s+([^;]+);/gm);
  const names = [...directives].flatMap(([, list = '']) => list.trim().split(/\s+/));
  return [...new Set(names.map((name) => name.replace(/^(["'])(.*)\1$/, '$2').toLowerCase()))];
}

/** The argument of a directive at its first place outside of comments (nginx, "Configuration file's structure"). */
function directive(conf: string, name: string): string | undefined {
  const argument = `("(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|[^\\s;"']+)`;
  const found = new RegExp(`^[^#\\n]*?(?<![\\w])${name}\\s+${argument}\\s*;`, 'm').exec(conf)?.[1];
  if (found === undefined) return undefined;
  return /^["']/.test(found) ? found.slice(1, -1).replace(/\\(["'\\])/g, '$1') : found;
}
