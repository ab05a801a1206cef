import { argsOf, type NginxToken, nginxDirectives } from '../lib/text/nginx-conf.ts';
import { type CertificateFiles, ownCertificate } from '../release/layout.ts';
import { closingServers, otherNames } from './closing-server.ts';
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
  const [certificate, key] = ['ssl_certificate', 'ssl_certificate_key'].map(
    (name) => certificateWords(conf, name).own,
  );
  return certificate === undefined || key === undefined
    ? undefined
    : { certificate: certificate.text, key: key.text };
}

/** Replaces the certificate files of a site, and nothing else. */
export function replaceCertificate(conf: string, { certificate, key }: CertificateFiles): string {
  const edits = [
    { ...certificateWords(conf, 'ssl_certificate'), path: certificate },
    { ...certificateWords(conf, 'ssl_certificate_key'), path: key },
  ].flatMap(({ own, closing, path }) =>
    (own === undefined ? [] : [own, ...closing]).map((word) => ({ word, path })),
  );
  return edits
    .sort((a, b) => b.word.start - a.word.start)
    .reduce(
      (text, { word, path }) => text.slice(0, word.start) + nginxWord(path) + text.slice(word.end),
      conf,
    );
}

/** That of the site itself, and those of the server that closes connections, which needs one, too. */
function certificateWords(
  conf: string,
  directive: string,
): { own: NginxToken | undefined; closing: NginxToken[] } {
  const closers = new Set(
    closingServers(conf).flatMap(({ content }) => content.map(({ start }) => start)),
  );
  const found = nginxDirectives(conf).filter(({ name }) => name === directive);
  const [own, closing] = [false, true].map((isCloser) =>
    found
      .filter(({ start }) => closers.has(start) === isCloser)
      .flatMap(({ args }) => args.slice(0, 1)),
  );
  return { own: own?.[0], closing: closing ?? [] };
}

/** The names that nginx/proto.conf answers for, from all its servers (nginx, "Server names"). */
export function serverNamesOf(conf: string): string[] {
  const names = argsOf(conf, 'server_name').flat();
  return [...new Set(names.map(({ text }) => text.toLowerCase()))].filter(
    (name) => name !== otherNames,
  );
}

/**
 * Whether one of a site's names stands for a host: itself, `*.example.com`, `.example.com`, `chat.*`. A regular expression
 * may stand for any.
 */
export function answersFor(serverNames: readonly string[], host: string): boolean {
  return serverNames.some((name) => {
    if (name.startsWith('~') || name === host) return true;
    if (name.startsWith('.')) return host === name.slice(1) || host.endsWith(name);
    if (name.startsWith('*.')) return host.endsWith(name.slice(1)) && host.length >= name.length;
    return name.endsWith('.*') && host.startsWith(name.slice(0, -1));
  });
}
