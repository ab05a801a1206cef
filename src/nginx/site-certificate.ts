import { type CertificateFiles, ownCertificate } from '../release/layout.ts';
import { nginxWord } from './nginx-word.ts';

/** The paths of the certificate that `init` generates for an installation. */
export function ownCertificateFiles(installation: string): CertificateFiles {
  const { certificate, key } = ownCertificate;
  return { certificate: `${installation}/${certificate}`, key: `${installation}/${key}` };
}

/** Whether a site's certificate is the one that `init` generated. */
export function isOwnCertificate(site: {
  readonly certificate?: CertificateFiles | undefined;
}): boolean {
  // Compares the end of the path: the installation may have been moved since nginx was configured.
  return site.certificate?.certificate.endsWith(`/${ownCertificate.certificate}`) === true;
}

/**
 * The certificate that nginx/proto.conf currently specifies; `undefined` if the site has none. The file belongs to the
 * operator, and is the only source of these two values after `init`.
 */
export function certificateOfSite(conf: string): CertificateFiles | undefined {
  const certificate = directive(conf, 'ssl_certificate');
  const key = directive(conf, 'ssl_certificate_key');
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

/** Replaces the certificate files of a site, and nothing else. */
export function replaceCertificate(conf: string, { certificate, key }: CertificateFiles): string {
  const put = (text: string, name: string, path: string) =>
    text.replace(pattern(name), (whole, argument: string) => {
      const at = whole.lastIndexOf(argument);
      return whole.slice(0, at) + nginxWord(path) + whole.slice(at + argument.length);
    });
  return put(put(conf, 'ssl_certificate', certificate), 'ssl_certificate_key', key);
}

/** The names that nginx/proto.conf answers for, from all its servers (nginx, "Server names"). */
export function serverNamesOf(conf: string): string[] {
  const directives = conf.matchAll(/^[^#\n]*?(?<!\w)server_name\s+([^;]+);/gm);
  const names = [...directives].flatMap(([, list = '']) => list.trim().split(/\s+/));
  return [...new Set(names.map((name) => name.replace(/^(["'])(.*)\1$/, '$2').toLowerCase()))];
}

/** The first occurrence of a directive outside of comments (nginx, "Configuration file's structure"). */
function pattern(name: string): RegExp {
  const argument = `("(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|[^\\s;"']+)`;
  return new RegExp(`^[^#\\n]*?(?<![\\w])${name}\\s+${argument}\\s*;`, 'm');
}

function directive(conf: string, name: string): string | undefined {
  const found = pattern(name).exec(conf)?.[1];
  if (found === undefined) return undefined;
  return /^["']/.test(found) ? found.slice(1, -1).replace(/\\(["'\\])/g, '$1') : found;
}
