import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderNginx } from '../../src/nginx/render-nginx.ts';
import { Desk } from '../support/program.ts';
import {
  freePort,
  type RawAnswer,
  type RawRequest,
  type Received,
  rawRequest,
  type ServedSite,
  type Services,
  serveSites,
  startServices,
} from '../support/served-site.ts';
import { readTemplateSet } from '../support/template-set.ts';
import { makeCertificate } from '../support/web-edge.ts';

/** The site of an installation as nginx serves it to a real web app. */

const name = 'chat.example-bank.com';
const { release } = readTemplateSet();
let desk: Desk;
let services: Services;
let site: ServedSite;
let tls: number;
let http: number;

beforeAll(async () => {
  desk = new Desk();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(desk.path('proto'), path, '..'), { recursive: true });
    writeFileSync(join(desk.path('proto'), path), text);
  }
  makeCertificate(desk.folder, name);
  services = await startServices(['platform', 'chatbot', 'msgrouter_ws']);
  [tls, http] = [await freePort(), await freePort()];
  const text =
    renderNginx({
      release,
      hosting: 'on-premise',
      site: {
        installation: desk.path('proto'),
        url: `${name}:${tls}`,
        certificate: { certificate: desk.path('chat.pem'), key: desk.path('chat.key') },
        upstreams: services.upstreams,
      },
    }) ?? '';
  site = await serveSites(
    desk.path('nginx'),
    [text.replaceAll(/listen 80;/g, `listen ${http};`)],
    tls,
  );
});
afterAll(async () => {
  await site?.close();
  services?.close();
  desk.remove();
});

const files = {
  'frontend/index.html': 'web app',
  'frontend/assets/index-BfKxAdZa.js': '1',
  'frontend/assets/chunk-_Bx-Zq_a.js': '1',
  'frontend/assets/app.0a1b2c3d.css': '1',
  'frontend/assets/report-20261130.pdf': '1',
  'frontend/report-20261130.pdf': '1',
  'frontend/assets/logo.svg': '1',
  'frontend/assets/user-settings.js': '1',
  'frontend/assets/my-Terminal.css': '1',
  'frontend/assets/photo-30112026.jpg': '1',
  'webchat/index.html': 'webchat',
  'webchat/assets/loader-ZbCd3fgh.js': '1',
};

const ask = (request: RawRequest | string): Promise<RawAnswer> =>
  rawRequest(tls, {
    tls: true,
    host: `${name}:${tls}`,
    ...(typeof request === 'string' ? { path: request } : request),
  });
const received = ({ body }: RawAnswer): Received => JSON.parse(body);

describe('the logs', () => {
  it.each([
    ['of the service', '/api/platform/inbound?key=SECRET-1&token=SECRET-2'],
    ['of the web app', '/reset/done?token=SECRET-3'],
    ['of an unknown path', '/api/nothing?token=SECRET-4'],
    ['of a stream', '/msgrouter_ws/x?token=SECRET-5'],
  ])('have no query string %s, and none of the referrer', async (_, path) => {
    const referer = `https://${name}${path}`;
    await ask({ path, headers: { referer } });
    await rawRequest(http, { path, headers: { referer } });
    const logs = await site.logs(`"GET ${path.replace(/\?.*/, '')} HTTP/1.1" 301`);
    expect(logs).toContain(path.replace(/\?.*/, ''));
    expect(logs).not.toContain('SECRET');
  });

  it('have neither where a file cannot be read nor for the user of a referrer', async () => {
    symlinkSync('loop', desk.path('proto/frontend/loop'));
    expect((await ask('/loop?token=SECRET')).body).toBe('web app');
    const referer = 'https://key:SECRET@user@mail.example/inbox/@all?q=SECRET';
    await ask({ path: '/from-mail', headers: { referer } });
    const logs = await site.logs('"GET /from-mail');
    expect(logs).toContain('"https://mail.example/inbox/@all"');
    expect(logs).not.toContain('SECRET');
  });

  it('have none where a service does not answer or a request is refused', async () => {
    const gone = await freePort();
    const text =
      renderNginx({
        release,
        hosting: 'on-premise',
        site: {
          installation: desk.path('proto'),
          url: name,
          upstreams: new Map([['platform', `127.0.0.1:${gone}`]]),
        },
      }) ?? '';
    const port = await freePort();
    const alone = await serveSites(
      desk.path('nginx-gone'),
      [text.replaceAll('listen 80;', `listen ${port};`)],
      port,
    );
    const path = '/api/platform/x?key=SECRET';
    expect(await rawRequest(port, { path })).toMatchObject({ status: 502 });
    const headers = { 'content-length': '999999999' };
    expect(await rawRequest(port, { path, headers })).toMatchObject({ status: 413 });
    const logs = await alone.logs(' 413 ');
    await alone.close();
    expect(logs).toContain(`127.0.0.1:${gone} 502`);
    expect(logs).not.toContain('SECRET');
  });
});

describe('a name that is not the site’s', () => {
  it.each(['evil.example', '127.0.0.1', '', '_proto_other_names', `${name}.evil.example`])(
    '(%s) gets no answer',
    async (host) => {
      for (const path of ['/', '/api/platform/x']) {
        expect((await ask({ path, host })).status).not.toBe(200);
        expect((await rawRequest(http, { path, host })).headers.location).toBeUndefined();
      }
    },
  );

  it('does not reach a service in any other header either', async () => {
    const forged = [
      ...['x-forwarded-host', 'x-forwarded-server', 'x-forwarded-port', 'x-forwarded-proto'],
      ...['x-forwarded-prefix', 'forwarded', 'x-original-url', 'x-rewrite-url', 'x-real-ip'],
      ...['x-host', 'x-original-host', 'true-client-ip', 'proxy', 'x-forwarded-protocol'],
      ...['x-forwarded', 'x-forwarded-user', 'x-remote-user', 'forwarded-for', 'x_forwarded_host'],
    ];
    const headers = Object.fromEntries(forged.map((header) => [header, 'evil.example']));
    for (const path of ['/api/platform/x', '/api/chatbot/x', '/msgrouter_ws/x']) {
      const seen = received(await ask({ path, headers })).headers;
      expect(JSON.stringify(seen)).not.toContain('evil');
      expect(seen).toMatchObject({
        host: `${name}:${tls}`,
        'x-forwarded-host': `${name}:${tls}`,
        'x-forwarded-port': String(tls),
        'x-forwarded-proto': 'https',
      });
    }
  });

  it('is not the one of the request line', async () => {
    const seen = await ask({ path: 'https://evil.example/api/platform/x' });
    expect(seen.status).toBe(0);
  });

  it.each([46, 47, 110, 111, 238, 239, 253])(
    'gets none from a site whose own name has %d characters',
    async (length) => {
      const own = `${'abcdefg.'
        .repeat(32)
        .slice(0, -1)
        .slice(8 - length)}.example`.replace(/^\./, 'x');
      const text =
        renderNginx({
          release,
          hosting: 'on-premise',
          site: { installation: desk.path('proto'), url: own },
        }) ?? '';
      const port = await freePort();
      const ours = text.replaceAll('listen 80;', `listen ${port};`);
      const served = await serveSites(desk.path(`nginx-long-${length}`), [ours], port);
      const answer = await rawRequest(port, { path: '/', host: own });
      const stranger = await rawRequest(port, { path: '/', host: 'evil.example' });
      await served.close();
      expect([own.length, answer.body, stranger.status]).toEqual([length, 'web app', 0]);
    },
  );

  it('is left to the default server of another site, and to a site that comes first', async () => {
    const port = await freePort();
    const text =
      renderNginx({
        release,
        hosting: 'on-premise',
        site: { installation: desk.path('proto'), url: name },
      }) ?? '';
    const ours = text.replaceAll('listen 80;', `listen ${port};`);
    const theirs = (more: string) => `server { listen ${port}${more}; return 200 theirs; }`;
    for (const [index, sites] of [
      [theirs(''), ours],
      [ours, theirs(' default_server')],
    ].entries()) {
      const served = await serveSites(desk.path(`nginx-among-${index}`), sites, port);
      const stranger = await rawRequest(port, { path: '/', host: 'evil.example' });
      const own = await rawRequest(port, { path: '/' });
      await served.close();
      expect([stranger.body, own.body]).toEqual(['theirs', 'web app']);
    }
  });
});

describe('a streamed answer', () => {
  it.each(['/api/platform/events', '/api/chatbot/events', '/api/chatbot/tokens'])(
    'of %s arrives in parts',
    async (path) => {
      for (const headers of [{}, { 'accept-encoding': 'gzip' }]) {
        const { status, spread } = await ask({ path, headers });
        expect(status).toBe(200);
        expect(spread).toBeGreaterThan(500);
      }
    },
  );
});

describe('a path', () => {
  it.each(['/api', '/api/', '/api/nothing', '/api/nothing/x.html', '/api/platformx/y'])(
    '%s that no service has is not found',
    async (path) => expect((await ask(path)).status).toBe(404),
  );

  it.each([
    ['/api/platform/files/a%2Fb', '/files/a%2Fb'],
    ['/api/platform/files//b', '/files//b'],
    ['/api/platform//x', '//x'],
    ['/api/platform/', '/'],
    ['/api/platform/?x=1', '/?x=1'],
    ['/api/platform/a%20b%C3%A9+c?q=%2F/../&z=%2e%2e%2f', '/a%20b%C3%A9+c?q=%2F/../&z=%2e%2e%2f'],
    ['/api/platform/a%3Fb%23c', '/a%3Fb%23c'],
    ['/api/platform/a%0Ab', '/a%0Ab'],
    ['/api/platform/...', '/...'],
    // Where nginx alone finds the service, it resolves the path.
    ['/api/platform/x/../y', '/y'],
    ['/api/platform/x/%2e%2e/y?z=1', '/y?z=1'],
    ['/api/platform/..%2Fplatform/y', '/y'],
    ['//api/platform/x', '/x'],
    ['/api/%70latform/a%0Ab', '/a%0Ab'],
    ['/x/../api/platform/y', '/y'],
  ])('%s comes to the service as %s', async (path, expected) => {
    expect(received(await ask(path))).toMatchObject({ service: 'platform', url: expected });
  });

  it('leads out of a service only to what nginx itself chose', async () => {
    const seen = received(await ask('/api/platform/../chatbot/x'));
    expect(seen).toMatchObject({ service: 'chatbot', url: '/x' });
    expect((await ask('/api/platform/../../x')).body).toBe('web app');
  });

  it('to which a service redirects is one of the site', async () => {
    const own = await ask('/api/platform/leads-to-itself');
    expect(own.headers.location).toBe('/api/platform/login?next=%2F');
    const other = await ask('/api/platform/leads-on');
    expect(other.headers.location).toBe('https://sso.example.org/');
  });
});

describe('headers', () => {
  it('of 12,000 bytes come from a service, and of 30,000 to it', async () => {
    const many = await ask('/api/platform/many-headers');
    expect([many.status, many.headers['set-cookie']?.length]).toEqual([200, 12_008]);
    const cookie = `session=${'x'.repeat(9_000)}`;
    const more = { 'x-token': 'y'.repeat(20_000) };
    const seen = received(await ask({ path: '/api/platform/x', headers: { cookie, ...more } }));
    expect(seen.headers.cookie).toBe(cookie);
    expect((await rawRequest(http, { path: '/', headers: { cookie } })).status).toBe(301);
  });

  it('say no version of nginx, in no answer', async () => {
    const answers = [
      await ask('/'),
      await ask('/api/nothing'),
      await rawRequest(http, { path: '/' }),
      await rawRequest(http, { path: '/', host: 'bad host' }),
    ];
    for (const { headers, body } of answers) {
      expect(headers.server).toBe('nginx');
      expect(body).not.toMatch(/nginx\/\d/);
    }
  });
});

describe('HTTP/2', () => {
  // Not synchronously: the services are in this process.
  const curl = async (...args: string[]) => {
    const resolve = ['--resolve', `${name}:${tls}:127.0.0.1`];
    const common = ['--silent', '--insecure', '--http2', '--max-time', '20', ...resolve];
    return (await execa('curl', [...common, ...args])).stdout;
  };

  it('is spoken, also with large cookies', async () => {
    const format = ['--output', '/dev/null', '--write-out', '%{http_version} %{http_code}'];
    expect(await curl(...format, `https://${name}:${tls}/`)).toBe('2 200');
    const cookie = ['--cookie', `session=${'x'.repeat(9_000)}`];
    expect(await curl(...format, ...cookie, `https://${name}:${tls}/api/platform/x`)).toBe('2 200');
  });

  it('keeps path and host', async () => {
    const seen: Received = JSON.parse(await curl(`https://${name}:${tls}/api/platform/a%2Fb//c`));
    expect(seen).toMatchObject({ url: '/a%2Fb//c', headers: { host: `${name}:${tls}` } });
  });
});

describe('a file', () => {
  const long = 'public, max-age=31536000, immutable';
  it.each([
    ['/assets/index-BfKxAdZa.js', long],
    ['/assets/chunk-_Bx-Zq_a.js', long],
    ['/assets/app.0a1b2c3d.css', long],
    ['/webchat/assets/loader-ZbCd3fgh.js', long],
    ['/assets/report-20261130.pdf', 'no-cache'],
    ['/report-20261130.pdf', 'no-cache'],
    ['/assets/logo.svg', 'no-cache'],
    ['/assets/user-settings.js', 'no-cache'],
    ['/assets/my-Terminal.css', 'no-cache'],
    ['/assets/photo-30112026.jpg', 'no-cache'],
    ['/', 'no-cache'],
  ])('%s is kept as %s', async (path, expected) => {
    const { status, headers } = await ask(path);
    expect([status, headers['cache-control']]).toEqual([200, expected]);
  });

  it('of assets that is gone is not found, and kept by no one', async () => {
    const { status, headers } = await ask('/assets/index-ABCD3FGH.js');
    expect([status, headers['cache-control']]).toEqual([404, undefined]);
  });
});
