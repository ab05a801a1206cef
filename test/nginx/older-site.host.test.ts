import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planNginx } from '../../src/nginx/plan-nginx.ts';
import { Desk } from '../support/program.ts';
import { type Installed, installed, release, updated } from '../support/releases.ts';
import { freePort, rawRequest, serveSites } from '../support/served-site.ts';
import { makeCertificate } from '../support/web-edge.ts';

/** A site that an older program rendered, with edits of the operator's, after an update. */

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

describe('a site of an older program', () => {
  it.each(['nginx', 'update'])('keeps its edits and gets what is new (%s)', async (command) => {
    const { mine } = olderInstallation();
    const { text, conflicts } =
      command === 'update'
        ? (() => {
            const { after, conflicts } = updated(mine, '2026.12.0');
            return { text: after.current.get(site) ?? '', conflicts };
          })()
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
