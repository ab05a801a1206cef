import type { BundleDescription, ServiceDescription } from '../release/release.ts';
import type { SiteHost } from '../values/site-host.ts';
import { literalWord } from './nginx-word.ts';

/** The locations of a site, as lines of its server block. */

/**
 * Browsers revalidate every file (unchanged files are not sent again), except files that a web build named by a
 * content hash: 8 or more hex digits, or 8 mixed letters and digits.
 */
const hashed = String.raw`(?:[^/]+/)*[^/]+[.-](?:[0-9a-f]{8,}|(?=[^./]*[0-9])(?=[^./]*[A-Z])[\w-]{8})\.[A-Za-z0-9.]+$`;

/** `add_header` in a location drops inherited headers, so each location repeats all of them. */
const always = [
  'add_header X-Content-Type-Options nosniff always;',
  'add_header Referrer-Policy strict-origin-when-cross-origin always;',
];
/** Other sites must not embed the web app (clickjacking). */
const unframed = [
  'add_header Content-Security-Policy "frame-ancestors \'self\'" always;',
  'add_header X-Frame-Options SAMEORIGIN always;',
];
/** The customer's other sites load it and embed it in a frame. */
const embedded = [
  'add_header Access-Control-Allow-Origin * always;',
  'add_header Cross-Origin-Resource-Policy cross-origin always;',
];

/** A bundle is at `/`, or at a path with its folder's name. In that case the installation itself is the root. */
export function bundleLocations({ about, folder, route }: BundleDescription, installation: string) {
  const atTop = route === '/';
  const prefix = atTop ? '/' : `${route}/`;
  const root = `root ${literalWord(atTop ? `${installation}/${folder}` : installation)};`;
  const headers = [...always, ...(atTop ? unframed : embedded)];
  const assets = [
    root,
    'try_files $uri =404;',
    'add_header Cache-Control "public, max-age=31536000, immutable";',
    ...headers,
  ];
  const pages = [
    root,
    `try_files $uri $uri/index.html ${prefix}index.html;`,
    'add_header Cache-Control no-cache always;',
    ...headers,
  ];
  return [
    `# ${sentence(about)}.`,
    ...(atTop ? [] : [`location = ${route} {`, `    return 301 ${prefix}$is_args$args;`, '}']),
    ...location(prefix, pages),
    '# Files with a content hash in their name never change.',
    ...location(`~ "^${prefix}assets/${hashed}"`, assets),
  ];
}

export function serviceLocation(
  name: string,
  { about, route }: ServiceDescription,
  host: SiteHost | undefined,
): string[] {
  if (route?.kind === 'objects') return objectsLocation(name, about, route.path);
  const websocket = route?.kind === 'websocket';
  const connection = websocket
    ? ['proxy_set_header Upgrade $http_upgrade;', 'proxy_set_header Connection upgrade;']
    : ['proxy_set_header Connection "";'];
  // A chat may be idle for a long time. A response of a language model may take minutes.
  const patience = websocket ? '1h' : '5m';
  return [
    `# ${sentence(about)}.`,
    ...location(route?.path ?? '/', [
      // With a path after the name, nginx replaces the location's path.
      `proxy_pass http://${name}${websocket ? '' : '/'};`,
      'proxy_http_version 1.1;',
      ...connection,
      // The port from the public address: services compare it with the Origin of a request.
      `proxy_set_header Host $host${host === undefined || host.port === 443 ? '' : ':$server_port'};`,
      'proxy_set_header X-Real-IP $remote_addr;',
      'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
      'proxy_set_header X-Forwarded-Proto $scheme;',
      'proxy_set_header X-Forwarded-Protocol $scheme;',
      `proxy_read_timeout ${patience};`,
      `proxy_send_timeout ${patience};`,
    ]),
  ];
}

/** S3 signs method, path and Host as sent by the client, so the request must not be rewritten. */
function objectsLocation(name: string, about: string, path: string): string[] {
  return [
    `# ${sentence(about)}.`,
    ...location(path, [
      // Without a path after the name, nginx forwards the client's path byte for byte.
      `proxy_pass http://${name};`,
      'proxy_http_version 1.1;',
      'proxy_set_header Connection "";',
      'proxy_set_header Host $http_host;',
      'proxy_set_header X-Real-IP $remote_addr;',
      'proxy_set_header X-Forwarded-For $remote_addr;',
      'proxy_set_header X-Forwarded-Proto $scheme;',
      '# Objects can have any size and are streamed as they arrive.',
      'client_max_body_size 0;',
      'proxy_request_buffering off;',
      'proxy_buffering off;',
      'proxy_read_timeout 5m;',
      'proxy_send_timeout 5m;',
    ]),
  ];
}

function location(match: string, lines: readonly string[]): string[] {
  return [`location ${match} {`, ...lines.map((line) => `    ${line}`), '}'];
}

/** The vendor's text as a comment, always on one line. */
function sentence(about: string): string {
  const line = about.replace(/\s+/g, ' ').trim();
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}`;
}
