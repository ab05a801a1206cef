import { type CertificateFiles, ownCertificate } from '../release/layout.ts';
import { nginxWord } from './nginx-word.ts';

/** Where the certificate lies that `init` makes for an installation. */
export function ownCertificateFiles(installation: string): CertificateFiles {
  const { certificate, key } = ownCertificate;
  return { certificate: `${installation}/${certificate}`, key: `${installation}/${key}` };
}

/** Is a site's certificate the one that `init` made? */
export function isOwnCertificate(site: {
  readonly certificate?: CertificateFiles | undefined;
}): boolean {
  // By its end: the installation may have been moved since nginx was told.
  return site.certificate?.certificate.endsWith(`/${ownCertificate.certificate}`) === true;
}

/**
 * The certificate that nginx/proto.conf names now; `undefined` if the site has none. The file is the operator's, and
 * the one home of these two values after `init`.
 */
export function certificateOfSite(conf: string): CertificateFiles | undefined {
  const certificate = directive(conf, 'ssl_certificate');
  const key = directive(conf, 'ssl_certificate_key');
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

/** Puts other files in the place of those that a site names, and nothing else. */
export function replaceCertificate(conf: string, { certificate, key }: CertificateFiles): string {
  const put = (text: string, name: string, path: string) =>
    text.replace(pattern(name), (whole, argument: string) => {
      const at = whole.lastIndexOf(argument);
      return whole.slice(0, at) + nginxWord(path) + whole.slice(at + argument.length);
    });
  return put(put(conf, 'ssl_certificate', certificate), 'ssl_certificate_key', key);
}

/** The names that nginx/proto.conf answers for, of all its servers (nginx, "Server names"). */
export function serverNamesOf(conf: string): string[] {
  const directives = conf.matchAll(/^[^#\n]*?(?<!\w)server_name\s+([^;]+);/gm);
  const names = [...directives].flatMap(([, list = '']) => list.trim().split(/\s+/));
  return [...new Set(names.map((name) => name.replace(/^(["'])(.*)\1$/, '$2').toLowerCase()))];
}

/** A directive at its first place outside of comments (nginx, "Configuration file's structure"). */
function pattern(name: string): RegExp {
  const argument = `("(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|[^\\s;"']+)`;
  return new RegExp(`^[^#\\n]*?(?<![\\w])${name}\\s+${argument}\\s*;`, 'm');
}

function directive(conf: string, name: string): string | undefined {
  const found = pattern(name).exec(conf)?.[1];
  if (found === undefined) return undefined;
  return /^["']/.test(found) ? found.slice(1, -1).replace(/\\(["'\\])/g, '$1') : found;
}
