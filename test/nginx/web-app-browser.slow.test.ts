import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderNginx } from '../../src/nginx/render-nginx.ts';
import { type Browser, openBrowser } from '../support/browser.ts';
import { Desk } from '../support/program.ts';
import {
  freePort,
  type ServedSite,
  type Services,
  serveSites,
  startServices,
} from '../support/served-site.ts';
import { readTemplateSet } from '../support/template-set.ts';
import { makeCertificate } from '../support/web-edge.ts';

/** The site in a real browser: streams, deep links, and the webchat in a page of another origin. */

const name = 'chat.example-bank.com';
const bank = 'www.example-bank.com';
const { release } = readTemplateSet();
let desk: Desk;
let services: Services;
let site: ServedSite;
let browser: Browser;
let tls: number;

const app = `<!doctype html><title>app</title><script>
  const began = [];
  new EventSource('/api/chatbot/events').onmessage = () => {
    began.push(Date.now());
    document.title = String(began.length) + ' ' + (began.at(-1) - began[0]);
  };
</script>`;
const files = {
  'frontend/index.html': app,
  'webchat/index.html': '<!doctype html><p id="chat">chat</p>',
  'webchat/loader.js':
    "const f = document.createElement('iframe'); f.src = new URL('/webchat/', document.currentScript.src); document.body.append(f);",
};

describe.skipIf(!existsSync('/usr/bin/chromium'))('a browser', () => {
  beforeAll(async () => {
    desk = new Desk();
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(desk.path('proto'), path, '..'), { recursive: true });
      writeFileSync(join(desk.path('proto'), path), text);
    }
    makeCertificate(desk.folder, name);
    services = await startServices(['platform', 'chatbot', 'msgrouter_ws']);
    tls = await freePort();
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
    const http = await freePort();
    site = await serveSites(
      desk.path('nginx'),
      [text.replaceAll('listen 80;', `listen ${http};`)],
      tls,
    );
    browser = await openBrowser([name, bank]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    services?.close();
    desk?.remove();
  });

  it('gets each event of a stream as it is sent, on a deep link, over HTTP/2', async () => {
    const page = await browser.context.newPage();
    await page.goto(`https://${name}:${tls}/conversations/42?tab=1`);
    await page.waitForFunction('document.title.startsWith("3 ")');
    const spread = Number((await page.title()).split(' ')[1]);
    expect(spread).toBeGreaterThan(400);
    const protocol = await page.evaluate(
      'performance.getEntriesByType("navigation")[0].nextHopProtocol',
    );
    expect(protocol).toBe('h2');
    await page.close();
  });

  it('shows the webchat in a page of another origin', async () => {
    const other = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.end(
        `<!doctype html><body><script src="https://${name}:${tls}/webchat/loader.js"></script>`,
      );
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const page = await browser.context.newPage();
    await page.goto(`http://${bank}:${typeof address === 'object' ? address?.port : 0}/`);
    await page.frameLocator('iframe').locator('#chat', { hasText: 'chat' }).waitFor();
    await page.close();
    other.close();
  });
});
