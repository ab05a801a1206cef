import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser } from '../support/browser.ts';
import { docker } from '../support/engine/docker.ts';
import { Desk } from '../support/program.ts';
import { lookAtHealthSooner } from '../support/quick-health.ts';
import type { EmbeddedRegistry } from '../support/registry/index.ts';
import { publish, startVendor } from '../support/vendor.ts';
import { askSite, makeCertificate, startNginx } from '../support/web-edge.ts';

/**
 * What a user of the platform has of it: a real browser, a real nginx with the site that `init` wrote, and the platform
 * on a real engine. PROTO_TEST_SCREENSHOTS names a folder for what the browser showed.
 */

const host = 'chat.example-bank.com';
const customer = 'www.example-bank.com';
let registry: EmbeddedRegistry;
let desk: Desk;
let nginx: ChildProcess;
let browser: Browser;
/** A site of the customer's, of another origin. */
let other: Server;
let otherUrl: string;

const compose = (...args: string[]) =>
  docker(['compose', ...args], {
    cwd: desk.path('my proto/backend'),
    env: { DOCKER_CONFIG: desk.path('.docker') },
  });

beforeAll(async () => {
  registry = await startVendor();
  await publish(registry, { version: '2026.11.0', tags: ['stable'] });
  desk = new Desk(registry);
  await chmod(desk.folder, 0o755);
  desk.credentials();
  makeCertificate(desk.folder, host);
  desk.write(
    'values.toml',
    `tls_certificate = "${desk.path('chat.pem')}"\ntls_certificate_key = "${desk.path('chat.key')}"\n`,
  );
  const given = ['--url', host, '--values', 'values.toml', '--yes'];
  const { code, stderr } = await desk.run('init', 'my proto', ...given);
  expect(stderr).not.toContain('error');
  expect(code).toBe(0);
  lookAtHealthSooner(desk.path('my proto'));
  await compose('up', '-d', '--wait');
  nginx = await startNginx(desk.path('nginx'), desk.path('my proto/nginx/proto.conf'));
  await startCustomer();
  browser = await openBrowser([host, customer]);
});

afterAll(async () => {
  await browser?.close();
  other?.close();
  if (nginx?.exitCode === null) {
    nginx.kill('SIGTERM');
    await once(nginx, 'exit');
  }
  await compose('down', '--volumes', '--timeout', '1');
  await registry.close();
  desk.remove();
});

async function startCustomer(): Promise<void> {
  const pages: Record<string, string> = {
    '/': `<h1>Example Bank</h1><script src="https://${host}/webchat/loader.js"></script>`,
    '/framing': `<iframe id="app" src="https://${host}/"></iframe>`,
  };
  other = createServer((asked, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end(`<!doctype html><title>Bank</title><body>${pages[asked.url ?? '']}`);
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  otherUrl = `http://${customer}:${typeof address === 'object' ? address?.port : ''}`;
}

const ask = (path: string, headers: Record<string, string> = {}, upload?: Buffer) =>
  askSite(host, path, headers, upload);

async function screenshot(name: string): Promise<void> {
  const folder = process.env.PROTO_TEST_SCREENSHOTS;
  const page = browser.context.pages().at(-1);
  if (folder !== undefined) await page?.screenshot({ path: join(folder, `${name}.png`) });
}

describe('a browser', () => {
  it.each([
    ['/', '/'],
    ['/conversations/42?x=1', '/conversations/42'],
    ['/webchats', '/webchats'],
  ])('loads the web app at %s, which gets an answer of the platform', async (path, shown) => {
    const page = await browser.context.newPage();
    const failed: string[] = [];
    page.on('console', (line) => line.type() === 'error' && failed.push(line.text()));
    await page.goto(`https://${host}${path}`);
    await page.locator('#platform', { hasText: '"path":"/status"' }).waitFor();
    expect(await page.textContent('#path')).toBe(shown);
    expect(await page.textContent('#version')).toBe('2026.11.0');
    await screenshot(`web-app${path.replace(/\W/g, '-')}`);
    expect(failed).toEqual([]);
    await page.close();
  });

  it('who types the name alone comes to https', async () => {
    const page = await browser.context.newPage();
    await page.goto(`http://${host}/settings/team`);
    expect(page.url()).toBe(`https://${host}/settings/team`);
    await page.close();
  });

  it('shows the webchat within a site of another origin, and a message goes there and back', async () => {
    const page = await browser.context.newPage();
    await page.goto(otherUrl);
    const chat = page.frameLocator('#proto-webchat');
    await chat.locator('#state:text("connected")').waitFor();
    await chat.locator('#text').fill('Is anybody there?');
    await chat.locator('button').click();
    await chat.locator('.received:text("Is anybody there?")').waitFor();
    await screenshot('webchat-embedded');
    await page.close();
  });

  it('does not show the web app within another site', async () => {
    const page = await browser.context.newPage();
    const refused = page.waitForEvent('console', (line) => /frame-ancestors/.test(line.text()));
    await page.goto(`${otherUrl}/framing`);
    await refused;
    const inside = page.frames().find((frame) => frame !== page.mainFrame());
    expect(await inside?.content()).not.toContain('Conversations');
    await screenshot('web-app-framed');
    await page.close();
  });
});

describe('nginx hands on', () => {
  it.each([
    ['platform', '/x?y=%2Fz'],
    ['chatbot', '/a/b/'],
  ])('/api/%s%s, with the headers that say where it came from', async (service, path) => {
    const forged = { 'x-forwarded-proto': 'gopher', 'x-real-ip': '6.6.6.6' };
    const { status, body } = await ask(`/api/${service}${path}`, {
      ...forged,
      'x-forwarded-for': '192.0.2.7',
    });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      service,
      path,
      headers: {
        host,
        'x-real-ip': '127.0.0.1',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-protocol': 'https',
      },
    });
  });

  it('an upload of 20 MB', async () => {
    const { status, body } = await ask('/api/platform/files', {}, Buffer.alloc(20_000_000, 'x'));
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ method: 'POST', bodyBytes: 20_000_000 });
  });
});

describe('the files', () => {
  const security = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
  };
  const assetOf = async (folder: string) => {
    const names = await readdir(desk.path('my proto', folder, 'assets'));
    return names.find((name) => name.endsWith('.js')) ?? '';
  };

  it('are kept for a year where their name has a hash, and asked for again where not', async () => {
    const long = 'public, max-age=31536000, immutable';
    const app = await ask(`/assets/${await assetOf('frontend')}`);
    expect(app).toMatchObject({ status: 200, headers: { 'cache-control': long, ...security } });
    expect(app.headers['content-type']).toMatch(/javascript/);
    const chat = await ask(`/webchat/assets/${await assetOf('webchat')}`);
    expect(chat).toMatchObject({ status: 200, headers: { 'cache-control': long, ...security } });
    for (const path of ['/', '/index.html', '/deep/link', '/webchat/', '/webchat/loader.js']) {
      const { status, headers } = await ask(path);
      expect([path, status, headers['cache-control']]).toEqual([path, 200, 'no-cache']);
      expect(headers).toMatchObject(security);
    }
  });

  it('of a release that is gone are not there, rather than a page of the web app', async () => {
    const { status, headers } = await ask('/assets/app.00000000.js');
    expect([status, headers['cache-control']]).toEqual([404, undefined]);
  });

  it('of the web app may not be framed elsewhere; those of the webchat may, and be loaded', async () => {
    const app = await ask('/deep/link');
    expect(app.headers).toMatchObject({
      'content-security-policy': "frame-ancestors 'self'",
      'x-frame-options': 'SAMEORIGIN',
    });
    for (const path of ['/webchat/', `/webchat/assets/${await assetOf('webchat')}`]) {
      const { headers } = await ask(path);
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(headers['x-frame-options']).toBeUndefined();
      expect(headers['content-security-policy']).toBeUndefined();
    }
  });

  it('come compressed, and a path without its slash leads to the one with it', async () => {
    const { headers } = await ask('/api/platform/x', {
      'accept-encoding': 'gzip',
      x: 'y'.repeat(2000),
    });
    expect(headers['content-encoding']).toBe('gzip');
    const redirected = await ask('/webchat?customer=7');
    expect([redirected.status, redirected.headers.location]).toEqual([301, '/webchat/?customer=7']);
  });

  it('are those of the two bundles, and nothing else of the installation', async () => {
    for (const path of [
      ...['/../backend/docker-compose.yml', '/webchat/../backend/docker-compose.yml'],
      ...['/webchat/..%2fbackend/config/platform.toml', '/webchat/%2e%2e/.proto/lock.json'],
      ...[
        '/backend/docker-compose.yml',
        '/webchat../backend/docker-compose.yml',
        '/.proto/lock.json',
      ],
    ]) {
      const { status, body } = await ask(path);
      expect([path, /services:|api_key|formatVersion/.test(body)]).toEqual([path, false]);
      expect([200, 400, 404]).toContain(status);
    }
  });
});
