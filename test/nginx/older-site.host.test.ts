import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planNginx } from '../../src/nginx/plan-nginx.ts';
import { Desk } from '../support/program.ts';
import { edited, type Installed, installed, release, updated } from '../support/releases.ts';
import { freePort, rawRequest, serveSites } from '../support/served-site.ts';
import { makeCertificate } from '../support/web-edge.ts';

/** A site that an older program rendered or that another program changed, with edits of the operator's, after an update. */

const site = 'nginx/proto.conf';
const url = 'chat.example-bank.com';
const old = readFileSync(new URL('fixtures/site-of-2026.11.0.conf', import.meta.url), 'utf8');
let desk: Desk;
beforeAll(() => {
  desk = new Desk();
  makeCertificate(desk.folder, url);
});
afterAll(() => desk.remove());

const edits: readonly (readonly [string, string])[] = [
  ['client_max_body_size 100m;', 'client_max_body_size 2g; # ours'],
  ['proxy_send_timeout 1h;', 'proxy_send_timeout 2h;'],
  ['gzip_min_length 1024;', 'gzip_min_length 512;'],
  ['    # The platform', '    location /status { return 200 ours; }\n    # The platform'],
  ['# add_header Strict', 'add_header Strict'],
];

function olderInstallation(): { mine: Installed; text: string } {
  const values = {
    YOUR_URL: url,
    YOUR_TLS_CERTIFICATE: '/etc/ssl/certs/chat.example-bank.com.pem',
    YOUR_TLS_CERTIFICATE_KEY: '/etc/ssl/private/chat.example-bank.com.key',
  };
  const from = installed('2026.11.0', values);
  const text = edits.reduce((conf, [before, after]) => {
    expect(conf).toContain(before);
    return conf.replace(before, after);
  }, old);
  const mine = {
    ...from,
    base: new Map([...from.base, [site, old]]),
    current: new Map([...from.current, [site, text]]),
  };
  return { mine, text };
}

function afterUpdate(mine: Installed) {
  const { after, conflicts } = updated(mine, '2026.12.0');
  return { text: after.current.get(site) ?? '', conflicts };
}

describe('a site of an older program', () => {
  it.each(['nginx', 'update'])('keeps its edits and gets what is new (%s)', async (command) => {
    const { mine } = olderInstallation();
    const { text, conflicts } =
      command === 'update'
        ? afterUpdate(mine)
        : planNginx({
            installation: '/srv/proto',
            ...mine,
            templates: release('2026.11.0'),
            certificate: undefined,
            reaches: new Map(),
          });
    for (const [, after] of edits) expect(text).toContain(after);
    expect(conflicts).toEqual([]);
    expect(text).toContain('server_name _proto_other_names;');
    const [tls, http] = [await freePort(), await freePort()];
    const served = await serveSites(
      desk.path(`nginx-${command}`),
      [
        text
          .replaceAll('listen 443 ', `listen ${tls} `)
          .replaceAll('listen 80;', `listen ${http};`)
          .replace(/\/etc\/ssl\/(certs|private)\/chat\.example-bank\.com/g, desk.path('chat')),
      ],
      tls,
    );
    const own = await rawRequest(tls, { tls: true, path: '/status' });
    const stranger = await rawRequest(tls, { tls: true, path: '/status', host: 'evil.example' });
    await served.close();
    expect([own.body, stranger.status]).toEqual(['ours', 0]);
  });
});

/** As `certbot --nginx` changes a site without TLS (certbot-nginx 1.21): TLS at the end, plain http in a new server. */
function byCertbot(text: string): string {
  const tls = `
    listen 443 ssl; # managed by Certbot
    ssl_certificate ${desk.path('chat.pem')}; # managed by Certbot
    ssl_certificate_key ${desk.path('chat.key')}; # managed by Certbot

}
server {
    if ($host = ${url}) {
        return 301 https://$host$request_uri;
    } # managed by Certbot


    listen 80;
    server_name ${url};
    return 404; # managed by Certbot


}`;
  const listen = text.lastIndexOf('listen 80;');
  const end = text.lastIndexOf('}');
  return `${text.slice(0, listen)}${text.slice(listen + 'listen 80;'.length, end)}${tls}`;
}

describe('a site to which certbot added TLS', () => {
  it.each(['nginx', 'update'])('goes on to work (%s)', async (command) => {
    const mine = edited(installed('2026.11.0', { YOUR_URL: url }), site, byCertbot);
    const { text, conflicts } =
      command === 'update'
        ? afterUpdate(mine)
        : planNginx({
            installation: '/srv/proto',
            ...mine,
            templates: release('2026.11.0'),
            certificate: undefined,
            reaches: new Map(),
          });
    expect(conflicts).toEqual([]);
    const [tls, http] = [await freePort(), await freePort()];
    const ports = text
      .replaceAll('listen 443 ', `listen ${tls} `)
      .replaceAll('listen 80;', `listen ${http};`);
    const served = await serveSites(desk.path(`nginx-certbot-${command}`), [ports], tls);
    const own = await rawRequest(tls, { tls: true, path: '/api/nothing' });
    const stranger = await rawRequest(tls, { tls: true, path: '/', host: 'evil.example' });
    const plain = await rawRequest(http, { path: '/x' });
    await served.close();
    expect([own.status, stranger.status, plain.headers.location]).toEqual([
      404,
      0,
      `https://${url}/x`,
    ]);
  });

  it('keeps its place for another certificate', () => {
    const mine = edited(installed('2026.11.0', { YOUR_URL: url }), site, byCertbot);
    const certificate = { certificate: '/etc/ssl/chat.pem', key: '/etc/ssl/chat.key' };
    const input = {
      installation: '/srv/proto',
      ...mine,
      templates: release('2026.11.0'),
      reaches: new Map(),
    };
    const first = planNginx({ ...input, certificate });
    expect(first.text).toContain('ssl_certificate /etc/ssl/chat.pem; # managed by Certbot');
    const current = new Map([...mine.current, [site, first.text]]);
    const again = planNginx({ ...input, base: first.base, current, certificate: undefined });
    expect([again.text, again.conflicts]).toEqual([first.text, []]);
  });
});

it('the IPv6 lines of a site can be enabled by hand', () => {
  const values = {
    YOUR_URL: url,
    YOUR_TLS_CERTIFICATE: '/etc/ssl/chat.pem',
    YOUR_TLS_CERTIFICATE_KEY: '/etc/ssl/chat.key',
  };
  const mine = edited(installed('2026.11.0', values), site, (text) =>
    text.replaceAll(/# (listen \[::\]:[^;]*;).*/g, '$1'),
  );
  const { text, conflicts } = afterUpdate(mine);
  expect(conflicts).toEqual([]);
  expect(text.match(/^ *listen \[::\]:/gm)).toHaveLength(4);
});
