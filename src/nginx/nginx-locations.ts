import type { BundleDescription, ServiceDescription } from '../release/release.ts';
import type { SiteHost } from '../values/site-host.ts';
import { literalWord } from './nginx-word.ts';

/** The locations of a site, as lines of its server block. */

/**
 * The folder of a bundle in which its build puts the files that it names by their content (Vite, `build.assetsDir`): with
 * 8 characters of base64url, or with 16 or more hex digits. Dates, words and documents are not named so: a hash that looks
 * like a word (one of 400) is only asked for again, but a file `user-settings.js` would stay the old one for a year.
 */
const hashed = String.raw`[.-](?!(?:[A-Za-z]?[a-z_-]*|[0-9_-]*)\.)(?:[\w-]{8}|[0-9a-f]{16,})(?:\.(?:js|mjs|css|map|wasm|woff2?|ttf|otf|svg|png|jpe?g|gif|webp|avif|ico|mp3|mp4|webm|ogg))+$`;

/** Definitions for the locations, outside of `server`. */
export function locationMaps(
  bundles: readonly BundleDescription[],
  services: readonly (readonly [string, ServiceDescription])[],
): string[] {
  return [
    ...(bundles.length === 0 ? [] : [cacheMap(bundles)]),
    ...services.flatMap(([name, { route }]) =>
      route?.kind === 'http' && route.path !== '/' ? [pathMap(name, route.path)] : [],
    ),
  ];
}

/** Browsers revalidate every file (unchanged files are not sent again), except those that never change. */
function cacheMap(bundles: readonly BundleDescription[]): string {
  const folders = bundles.map((bundle) => `${prefixOf(bundle)}assets/`);
  return [
    '# Files with a content hash in their name never change.',
    'map $uri $proto_cache {',
    '    default no-cache;',
    ...folders.map(
      (folder) => `    "~^${folder}.*${hashed}" "public, max-age=31536000, immutable";`,
    ),
    '}',
    '',
  ].join('\n');
}

/**
 * The path as the client wrote it, with `%2F` and `//`, for a service without the prefix of its route. Empty where only
 * nginx's reading of the path leads to the service: with dot segments, or another spelling of the prefix.
 */
function pathMap(name: string, path: string): string {
  const dots = '(?![^?#]*(?:/|%2[Ff])(?:[.]|%2[Ee]){1,2}(?:/|%2[Ff]|[?#]|$))';
  return [
    `# The path of a request as the client sent it, without ${path}.`,
    `map $request_uri ${pathVariable(name)} {`,
    '    default "";',
    `    "~^${dots}${path.replaceAll('.', '[.]')}(?<proto_rest>[^#]*)" /$proto_rest;`,
    '}',
    '',
  ].join('\n');
}

function pathVariable(name: string): string {
  return `$proto_path_${name.replaceAll('-', '_')}`;
}

function prefixOf({ route }: BundleDescription): string {
  return route === '/' ? '/' : `${route}/`;
}

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
export function bundleLocations(bundle: BundleDescription, installation: string) {
  const { about, folder, route } = bundle;
  const atTop = route === '/';
  const prefix = prefixOf(bundle);
  const root = `root ${literalWord(atTop ? `${installation}/${folder}` : installation)};`;
  const headers = [...always, ...(atTop ? unframed : embedded)];
  const assets = [
    root,
    'try_files $uri =404;',
    'add_header Cache-Control $proto_cache;',
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
    '# A missing file is an error, not a page.',
    ...location(`~ "^${prefix}assets/.*[.][^./]+$"`, assets),
  ];
}

/** Paths below the common parents of the services, such as /api/, belong to a service or to nothing. */
export function unknownLocations(
  services: readonly (readonly [string, ServiceDescription])[],
  bundles: readonly BundleDescription[],
): string[] {
  const paths = services.flatMap(([, { route }]) => (route === undefined ? [] : [route.path]));
  const taken = new Set([...paths, ...bundles.map(prefixOf)]);
  const parents = paths.flatMap((path) => {
    const parts = path.split('/').slice(1, -2);
    return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}/`);
  });
  const unknown = [...new Set(parents)].filter((path) => !taken.has(path));
  return unknown.flatMap((path) => [
    '',
    `# No other path below ${path} exists.`,
    ...location(`= ${path.slice(0, -1)}`, ['return 404;']),
    ...location(path, ['return 404;']),
  ]);
}

export function serviceLocation(
  name: string,
  { about, route, port }: ServiceDescription,
  host: SiteHost | undefined,
): string[] {
  if (route === undefined) return [];
  if (route.kind === 'objects') return objectsLocation(name, about, route.path);
  const { kind, path } = route;
  const streams = kind === 'http' && route.streams !== false;
  const websocket = kind === 'websocket';
  const connection = websocket
    ? ['proxy_set_header Upgrade $http_upgrade;', 'proxy_set_header Connection upgrade;']
    : ['proxy_set_header Connection "";'];
  // The port from the public address: services compare it with the Origin of a request.
  const publicHost = `$host${host === undefined || host.port === 443 ? '' : ':$server_port'}`;
  // A chat may be idle for a long time, and so may a stream of events. A response of a language model may take minutes.
  const patience = websocket || streams ? '1h' : '5m';
  return [
    `# ${sentence(about)}.`,
    ...location(path, [
      ...(websocket || path === '/' ? [`proxy_pass http://${name};`] : stripped(name, path, port)),
      'proxy_http_version 1.1;',
      ...connection,
      ...(streams ? streaming : []),
      `proxy_set_header X-Forwarded-Host ${publicHost};`,
      'proxy_set_header X-Forwarded-Port $server_port;',
      ...cleared,
      `proxy_set_header Host ${publicHost};`,
      'proxy_set_header X-Real-IP $remote_addr;',
      'proxy_set_header X-Forwarded-For $remote_addr;',
      'proxy_set_header X-Forwarded-Proto $scheme;',
      'proxy_set_header X-Forwarded-Protocol $scheme;',
      `proxy_read_timeout ${patience};`,
      `proxy_send_timeout ${patience};`,
    ]),
  ];
}

const streaming = ['# Each part of a response is sent on as it arrives.', 'proxy_buffering off;'];

/** Headers from which frameworks and proxies read a host, an address or a path. A client cannot set them. */
const cleared = [
  ...['Forwarded', 'X-Forwarded-Server', 'X-Forwarded-Prefix', 'X-Forwarded-Scheme'],
  ...['X-Forwarded-Ssl', 'X-Forwarded-Uri', 'X-Original-Host', 'X-Original-URL', 'X-Original-URI'],
  ...['X-Original-Forwarded-For', 'X-Rewrite-URL', 'X-Host', 'X-HTTP-Host-Override', 'X-Scheme'],
  ...['X-Url-Scheme', 'X-Script-Name', 'X-Client-IP', 'X-Cluster-Client-IP', 'Client-IP'],
  ...['True-Client-IP', 'CF-Connecting-IP', 'Front-End-Https', 'Proxy', 'X-Forwarded'],
  ...['X-Forwarded-User', 'X-Forwarded-Email', 'X-Forwarded-Groups', 'X-Forwarded-Path'],
  ...['X-Forwarded-By', 'X-Forwarded-Client-Cert', 'Forwarded-For', 'X-Remote-User'],
  ...['X-Remote-Addr', 'X-Originating-IP'],
].map((header) => `proxy_set_header ${header} "";`);

/** With a variable after the name, nginx sends what it contains; if that is empty, the path after the rewrite. */
function stripped(name: string, path: string, port: number): string[] {
  return [
    `rewrite "(?s)^${path.replaceAll('.', '[.]')}(.*)$" /$1 break;`,
    `proxy_pass http://${name}${pathVariable(name)};`,
    '# Redirects of the service to itself.',
    `proxy_redirect http://${name}/ ${path};`,
    `proxy_redirect http://${name}:${port}/ ${path};`,
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
      'proxy_set_header X-Forwarded-Host $http_host;',
      'proxy_set_header X-Forwarded-Port $server_port;',
      ...cleared,
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
