import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderNginx } from '../../src/nginx/render-nginx.ts';
import { Desk } from '../support/program.ts';
import {
  freePort,
  type RawRequest,
  rawRequest,
  type ServedSite,
  type Services,
  serveSites,
  startServices,
} from '../support/served-site.ts';
import { readTemplateSet } from '../support/template-set.ts';

/**
 * The nginx example of the vendor's page beside our site, request by request. Both serve the same, except where a reason is
 * given. docs/guides/nginx-and-certificates.md summarises the reasons.
 */

const name = 'chat.example-bank.com';
const { release } = readTemplateSet();
let desk: Desk;
let services: Services;
let site: ServedSite;
let ports: { readonly vendor: number; readonly ours: number };

const forwarding = `
  proxy_set_header Host $host;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Protocol $scheme;`;

/**
 * The locations of the page, with the folders and services of this test. The page's root of /webchat has the folder
 * itself, so that nginx would look for webchat/webchat/; here it is the folder above.
 */
function vendorExample(port: number, folder: string, upstreams: Services['upstreams']): string {
  return `
server {
  listen ${port};
  location / {
    root ${folder}/frontend;
    index index.html;
    try_files $uri $uri/ /index.html;
  }
  location /webchat {
    root ${folder};
    index index.html;
    try_files $uri $uri/ /index.html;
  }
  location /api/platform/ {${forwarding}
    proxy_pass http://${upstreams.get('platform')}/;
  }
  location /api/chatbot/ {${forwarding}
    proxy_pass http://${upstreams.get('chatbot')}/;
  }
  location /msgrouter_ws/ {
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection 'upgrade';
    proxy_set_header Host $host;
    proxy_cache_bypass $http_upgrade;
    proxy_pass http://${upstreams.get('msgrouter_ws')};
  }
}`;
}

const files = {
  'frontend/index.html': 'the web app',
  'frontend/about/index.html': 'about',
  'frontend/favicon.ico': 'icon',
  'frontend/assets/index-BfKxAdZa.js': 'app',
  'frontend/assets/report-20261130.pdf': 'report',
  'webchat/index.html': 'the webchat',
  'webchat/loader.js': 'loader',
  'webchat/assets/chat-BfKxAdZa.js': 'chat',
};

beforeAll(async () => {
  desk = new Desk();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(desk.path('proto'), path, '..'), { recursive: true });
    writeFileSync(join(desk.path('proto'), path), text);
  }
  services = await startServices(['platform', 'chatbot', 'msgrouter_ws']);
  ports = { vendor: await freePort(), ours: await freePort() };
  const { upstreams } = services;
  const ours = renderNginx({
    release,
    hosting: 'on-premise',
    site: { installation: desk.path('proto'), url: name, upstreams },
  });
  site = await serveSites(
    desk.path('nginx'),
    [
      ours?.replaceAll('listen 80;', `listen ${ports.ours};`) ?? '',
      vendorExample(ports.vendor, desk.path('proto'), upstreams),
    ],
    ports.ours,
  );
});
afterAll(async () => {
  await site?.close();
  services?.close();
  desk.remove();
});

/** What a client and a service notice of a request, in one line. */
async function seen(port: number, request: RawRequest): Promise<string> {
  const { status, headers, body } = await rawRequest(port, request);
  const location = headers.location?.replace(`:${port}`, '');
  if (!body.startsWith('{"service"')) {
    const shown = status >= 300 ? '' : body.slice(0, 20).replace(/\s+/g, ' ');
    return [status || 'closed', location, shown].filter(Boolean).join(' ');
  }
  const received = JSON.parse(body);
  const { service, method, url, bytes } = received;
  const from = ['host', 'upgrade', ...Object.keys(request.headers ?? {})]
    .map((header) => header.toLowerCase())
    .filter(
      (header) =>
        !['content-length', 'connection'].includes(header) &&
        received.headers[header] !== undefined,
    )
    .map((header) => `${header}=${String(received.headers[header]).slice(0, 40)}`);
  return `${status} ${service} ${method} ${url} ${bytes} ${[...new Set(from)].join(' ')}`;
}

const get = (path: string, headers: RawRequest['headers'] = {}): RawRequest => ({ path, headers });
const upgrade = { connection: 'upgrade, close', upgrade: 'websocket' };

const kept = 'a service gets the path as the client sent it: an id may contain a slash';
const unknown = 'an unknown path of the API is not a page of the web app';
const stranger = 'the site answers its own name alone, and closes other connections';
const forged = 'a client does not tell a service which host, address or scheme it used';
const relative = 'redirects have no host name, and a folder needs none';
const gone = 'a missing asset is an error, not a page that a browser takes for a program';
const webchat = 'pages below /webchat/ are those of the webchat';
const large = 'uploads, cookies and headers of a real platform are larger';

/** A request, and why our site answers otherwise, if it does. */
const requests: readonly (readonly [RawRequest, string?])[] = [
  // The web app.
  [get('/')],
  [get('/?x=1')],
  [get('/index.html')],
  [get('/favicon.ico')],
  [get('/conversations/42?tab=1')],
  [get('/about/')],
  [get('/about'), relative],
  [get('/assets/index-BfKxAdZa.js')],
  [get('/assets/report-20261130.pdf')],
  [get('/assets/index-GONEGONE.js'), gone],
  [get('/%66avicon.ico')],
  [get('//favicon.ico')],
  [get('/../favicon.ico')],
  [get('/a%2F..%2Ffavicon.ico')],
  [{ method: 'HEAD', path: '/' }],
  [{ method: 'POST', path: '/', body: 'x' }],
  [{ method: 'OPTIONS', path: '/' }],
  // The webchat.
  [get('/webchat'), relative],
  [get('/webchat/')],
  [get('/webchat/index.html')],
  [get('/webchat/loader.js')],
  [get('/webchat/assets/chat-BfKxAdZa.js')],
  [get('/webchat/deep/link'), webchat],
  [get('/webchats')],
  // Paths of services.
  [get('/api/platform/')],
  [get('/api/platform'), relative],
  [get('/api/platform/status')],
  [get('/api/platform/status?x=%2F&y=a+b')],
  [get('/api/platform/a/b/')],
  [get('/api/platform/a%20b')],
  [get('/api/platform/%C3%A9')],
  [get('/api/platform/a%3Fb')],
  [get('/api/platform/a%23b')],
  [get('/api/platform/a%25b')],
  [get('/api/platform/a+b;c=1,d@e')],
  [get('/api/platform/a%2Fb'), kept],
  [get('/api/platform/a//b'), kept],
  [get('/api/platform/%61'), kept],
  [get('/api/platform/a/../b')],
  [get('/api/platform/./b')],
  [get('/api/platform/a/%2e%2e/b?c')],
  [get('/api/platform/../chatbot/b')],
  [get('//api/platform/b')],
  [get('/api/%70latform/b')],
  [get('/api/chatbot/talk')],
  [get('/api/chatbot/a%2Fb'), kept],
  // Paths that no service has.
  [get('/api'), unknown],
  [get('/api/'), unknown],
  [get('/api/unknown'), unknown],
  [get('/api/platformx'), unknown],
  // Methods, bodies and headers.
  [{ method: 'POST', path: '/api/platform/files', body: 'x'.repeat(1000) }],
  [{ method: 'POST', path: '/api/platform/files', body: 'x'.repeat(2_000_000) }, large],
  [{ method: 'PUT', path: '/api/platform/files/1', body: 'x' }],
  [{ method: 'PATCH', path: '/api/platform/files/1', body: 'x' }],
  [{ method: 'DELETE', path: '/api/platform/files/1' }],
  [{ method: 'OPTIONS', path: '/api/platform/files/1' }],
  [{ method: 'HEAD', path: '/api/platform/files/1' }],
  [get('/api/platform/x', { authorization: 'Bearer abc', 'x-own': '1', accept: 'text/html' })],
  [get('/api/platform/x', { cookie: `a=${'x'.repeat(9_000)}` }), large],
  [get('/api/platform/x', { cookie: 'a=1; b=2' })],
  [get('/api/platform/x', { 'x-forwarded-for': '192.0.2.7' }), forged],
  [get('/api/platform/x', { 'x-real-ip': '192.0.2.7' })],
  [get('/api/platform/x', { 'x-forwarded-host': 'evil.example' }), forged],
  [get('/api/platform/x', { 'x-original-url': '/admin' }), forged],
  [get('/api/platform/x', { forwarded: 'host=evil.example' }), forged],
  [get('/api/platform/x', { 'x-forwarded-proto': 'gopher' }), forged],
  [{ path: '/api/platform/x', host: 'evil.example' }, stranger],
  [{ path: 'http://evil.example/api/platform/x' }, stranger],
  [get('/api/platform/many-headers'), large],
  [get('/api/platform/leads-on')],
  // Upgrades.
  [get('/msgrouter_ws/', upgrade)],
  [get('/msgrouter_ws/room/1?token=x', upgrade)],
  [get('/msgrouter_ws/a%2Fb//c', upgrade)],
  [get('/msgrouter_ws/plain')],
  [get('/msgrouter_ws'), relative],
  [get('/api/platform/x', upgrade)],
];

it.each(
  requests.map(
    ([request, reason]) =>
      [`${request.method ?? 'GET'} ${request.path}`, reason ?? 'as the vendor', request] as const,
  ),
)('%s: %s', async (_, reason, request) => {
  const [vendor, ours] = [await seen(ports.vendor, request), await seen(ports.ours, request)];
  if (reason === 'as the vendor') expect(ours).toBe(vendor);
  else expect(ours).not.toBe(vendor);
});
