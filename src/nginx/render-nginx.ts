import type { Hosting } from '../release/hosting.ts';
import type { CertificateFiles } from '../release/layout.ts';
import { bundlesOf, type Release, servicesOf } from '../release/release.ts';
import { parseSiteHost, type SiteHost, siteHostText } from '../values/site-host.ts';
import { bundleLocations, serviceLocation } from './nginx-locations.ts';
import { dollarBlock, nginxWord } from './nginx-word.ts';
import { isOwnCertificate, ownCertificateFiles } from './site-certificate.ts';

/** What is this installation's own in its site. */
export interface Site {
  /** Absolute path of the installation. */
  readonly installation: string;
  /** As YOUR_URL has it; what is no host name counts for none. */
  readonly url?: string | undefined;
  readonly certificate?: CertificateFiles | undefined;
  /** The networks that are let in, where that is not everybody (hybrid hosting). */
  readonly allowed?: readonly string[] | undefined;
}

export interface NginxInput {
  readonly release: Release;
  readonly hosting: Hosting;
  readonly site: Site;
}

const header = `# Proto AICX, for the nginx of this host (1.14 or later).
#
# Rendered by proto-scaffold from the release description. Change it as you like: what later releases bring
# is merged into it line by line, and your lines stay. To put it into use:
#   sudo proto-scaffold nginx --install
`;

/**
 * Renders the site for the host's nginx from the release description: same input, same bytes. Directives are those of
 * nginx 1.14 (https://nginx.org/en/docs/dirindex.html).
 * @returns `undefined` where this kind of hosting has nothing that nginx could serve
 */
export function renderNginx({ release, hosting, site }: NginxInput): string | undefined {
  const bundles = bundlesOf(release, hosting).map(([, bundle]) => bundle);
  const services = servicesOf(release, hosting).filter(([, { route }]) => route !== undefined);
  if (bundles.length === 0 && services.length === 0) return undefined;
  const host = site.url === undefined ? undefined : parseSiteHost(site.url);
  const upstreams = services.map(([name, { publish }]) =>
    block(`upstream ${name}`, [`server 127.0.0.1:${publish};`]),
  );
  if (hosting === 'hybrid') {
    // TLS in any case: objects and signatures go over other people's networks.
    const own = ownCertificateFiles(site.installation);
    const certificate = isOwnCertificate(site) ? own : (site.certificate ?? own);
    return [
      header,
      ...upstreams,
      block('server', [
        ...listening(host, certificate),
        '',
        ...guarded(site.allowed ?? []),
        '',
        '# A signature covers every header: none is left out, whatever its name, and no answer is packed.',
        'ignore_invalid_headers off;',
        'gzip off;',
        ...services.flatMap(([name, service]) => ['', ...serviceLocation(name, service, host)]),
      ]),
    ].join('\n');
  }
  const roots = bundles.length > 0 && site.installation.includes('$') ? [dollarBlock] : [];
  return [
    header,
    ...roots,
    ...upstreams,
    ...redirection(host, site.certificate),
    block('server', [
      ...listening(host, site.certificate),
      ...remembering(site.certificate),
      '',
      ...common,
      ...bundles.flatMap((bundle) => ['', ...bundleLocations(bundle, site.installation)]),
      ...services.flatMap(([name, service]) => ['', ...serviceLocation(name, service, host)]),
    ]),
  ].join('\n');
}

function block(name: string, lines: readonly string[]): string {
  const inner = lines.map((line) => (line === '' ? '\n' : `    ${line}\n`)).join('');
  return `${name} {\n${inner}}\n`;
}

/** Nothing to redirect where TLS itself is on port 80, which somebody may have wanted. */
function redirection(host: SiteHost | undefined, certificate: Site['certificate']): string[] {
  if (certificate === undefined || host?.port === 80) return [];
  const target = host === undefined ? '$host' : siteHostText(host);
  const lines = [...listen('80'), nameLine(host), `return 301 https://${target}$request_uri;`];
  return [`# Whoever comes by http:// is sent on to https://.\n${block('server', lines)}`];
}

function nameLine(host: SiteHost | undefined): string {
  return `server_name ${host?.name ?? '_'};`;
}

const noName = [
  '# No host name is set in backend/config, so this answers for every name that no other site has.',
  '# Once it is set, `proto-scaffold nginx` brings it here.',
];

const plain = [
  '# No certificate is given, so this is plain http: whatever people write can be read on the way.',
  '#   proto-scaffold nginx --certificate FILE --certificate-key FILE',
  ...listen('80'),
];

/** A host whose kernel has IPv6 turned off refuses to listen there, so it is for the operator to say. */
function listen(port: string): string[] {
  return [`listen ${port};`, `# listen [::]:${port};  # if this host has IPv6`];
}

/** The cipher list is Mozilla's "intermediate" (https://ssl-config.mozilla.org, 5.7) without DHE. */
const ciphers = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305']
  .flatMap((cipher) => [`ECDHE-ECDSA-${cipher}`, `ECDHE-RSA-${cipher}`])
  .join(':');

function listening(host: SiteHost | undefined, certificate: Site['certificate']): string[] {
  const named = [...(host === undefined ? noName : []), nameLine(host)];
  if (certificate === undefined) return [...plain, ...named];
  const port = host?.port ?? 443;
  return [
    ...listen(`${port} ssl`),
    ...named,
    '',
    `ssl_certificate ${nginxWord(certificate.certificate)};`,
    `ssl_certificate_key ${nginxWord(certificate.key)};`,
    'ssl_protocols TLSv1.2 TLSv1.3;',
    `ssl_ciphers ${ciphers};`,
    'ssl_session_cache shared:proto_tls:10m;',
    'ssl_session_timeout 1d;',
  ];
}

/** For browsers, which the vendor's platform is none of. */
function remembering(certificate: Site['certificate']): string[] {
  if (certificate === undefined) return [];
  return [
    '# Once https is here to stay: browsers will then refuse http for a year. It goes into each location',
    '# below that has an add_header of its own.',
    '# add_header Strict-Transport-Security "max-age=31536000" always;',
  ];
}

const common = [
  'server_tokens off;',
  '# A redirect names no host, so it is right behind a load balancer, too.',
  'absolute_redirect off;',
  '# The largest upload.',
  'client_max_body_size 100m;',
  '',
  'gzip on;',
  'gzip_vary on;',
  'gzip_min_length 1024;',
  'gzip_types text/css text/plain text/javascript application/javascript application/json',
  '           application/manifest+json application/wasm application/xml image/svg+xml;',
];

/** Of a site that is for the vendor's platform alone. */
function guarded(allowed: readonly string[]): string[] {
  return [
    'server_tokens off;',
    '# Who is let in: access.allowed_cidrs in backend/config/access.toml.',
    ...allowed.map((cidr) => `allow ${cidr};`),
    'deny all;',
  ];
}
