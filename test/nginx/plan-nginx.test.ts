import { describe, expect, it } from 'vitest';
import { reachOfServices } from '../../src/compose/service-reach.ts';
import { type NginxPlanInput, planNginx, siteWords } from '../../src/nginx/plan-nginx.ts';
import { certificateOfSite } from '../../src/nginx/site-certificate.ts';
import { templatesFor } from '../../src/release/release.ts';
import {
  edited,
  type Installed,
  installed,
  type ReleaseName,
  release,
} from '../support/releases.ts';

const site = 'nginx/proto.conf';
const values = { YOUR_URL: 'chat.example-bank.com' };
const old = { certificate: '/etc/ssl/chat.pem', key: '/etc/ssl/chat.key' };
const next = { certificate: '/etc/ssl/next.pem', key: '/etc/ssl/next.key' };
const plain = installed('2026.11.0', values);
const secured = installed('2026.11.0', {
  ...values,
  YOUR_TLS_CERTIFICATE: old.certificate,
  YOUR_TLS_CERTIFICATE_KEY: old.key,
});

function planned(
  from: Installed,
  certificate?: NginxPlanInput['certificate'],
  templates: ReleaseName = '2026.11.0',
) {
  const { text, plan, ...rest } = planNginx({
    installation: '/srv/proto',
    ...from,
    templates: templatesFor(release(templates), from.lock.hosting),
    certificate,
    reaches: reachOfServices([from.current.get('backend/docker-compose.yml') ?? '']),
  });
  const files = plan.files.map(({ kind, path, content }) => [kind, path, content.reveal()]);
  return { text, files, ...rest };
}

/** Lines that differ, by their numbers. */
const linesOf = ({ text, conflicts }: ReturnType<typeof planned>) =>
  conflicts.map(({ line }) => text.split('\n')[(line ?? 0) - 1]?.trim());

const siteIn = ({ current }: Installed) => current.get(site) ?? '';
const quoted = edited(secured, site, (text) =>
  text.replaceAll(/\/etc\/ssl\/chat\.(pem|key)/g, '"$&"'),
);

describe('nginx/proto.conf for the current values', () => {
  it('is not written where it is so already', () => {
    expect(planned(plain)).toMatchObject({ files: [], conflicts: [], otherRelease: false });
    expect(planned(secured, old)).toMatchObject({ files: [], conflicts: [] });
  });

  it('is created where the operator deleted it', () => {
    const { files, text } = planned(edited(plain, site, () => undefined));
    expect(files).toEqual([['create', site, text]]);
    expect(text).toBe(siteIn(plain));
  });

  it('follows another host name, and keeps edits', () => {
    let mine = edited(plain, site, (text) => text.replace('100m;', '2g; # ours'));
    mine = edited(mine, 'backend/config/platform.toml', (text) =>
      text.replaceAll('chat.example-bank.com', 'new.example-bank.com'),
    );
    const { files, text, base } = planned(mine);
    expect(files).toEqual([['update', site, text]]);
    expect(text).toContain('server_name new.example-bank.com;');
    expect(text).toContain('client_max_body_size 2g; # ours');
    expect(base.get(site)).toBe(siteIn(plain).replace('chat.', 'new.'));
    expect([...base.keys()].sort()).toEqual([...plain.base.keys()].sort());
  });

  it('stays as it is with the templates of another release, which can neither create nor change it', () => {
    const { files, text, base, conflicts, otherRelease } = planned(plain, undefined, '2026.12.0');
    expect([files, conflicts, otherRelease]).toEqual([[], [], true]);
    expect(text).toBe(siteIn(plain));
    expect(base).toEqual(plain.base);
    const updateFirst = expect.objectContaining({ code: 'UPDATE_FIRST' });
    expect(() => planned(plain, next, '2026.12.0')).toThrow(updateFirst);
    const deleted = edited(plain, site, () => undefined);
    expect(() => planned(deleted, undefined, '2026.12.0')).toThrow(updateFirst);
  });
});

describe('another certificate', () => {
  it('is put in, and taken out', () => {
    const made = planned(plain, old);
    expect(made.text).toBe(siteIn(secured));
    expect(made.base.get(site)).toBe(siteIn(secured));
    const taken = planned(secured, 'none');
    expect(taken.text).toBe(siteIn(plain));
    expect(taken.base.get(site)).toBe(siteIn(plain));
  });

  it('changes two names, and names the conflicts of the site with the values alone', () => {
    const { text, conflicts, base } = planned(quoted, next);
    expect(certificateOfSite(text)).toEqual(next);
    expect(conflicts).toEqual([]);
    expect(certificateOfSite(base.get(site) ?? '')).toEqual(next);
  });

  it('names the conflicts with the values, too', () => {
    let mine = edited(secured, site, (text) =>
      text.replaceAll('server_name chat', 'server_name my'),
    );
    mine = edited(mine, 'backend/config/platform.toml', (text) =>
      text.replaceAll('chat.example-bank.com', 'new.example-bank.com'),
    );
    const { text, conflicts } = planned(mine, next);
    expect(certificateOfSite(text)).toEqual(next);
    expect(conflicts.length).toBeGreaterThan(0);
    expect(conflicts).toEqual(planned(mine).conflicts);
  });

  it('is another one already if only its key is', () => {
    const { text } = planned(secured, { ...old, key: next.key });
    expect(certificateOfSite(text)).toEqual({ ...old, key: next.key });
  });

  it('that comes names the lines which stay because the operator changed them', () => {
    const mine = edited(plain, site, (text) =>
      text.replace(/(# No certificate.*\n.*\n.*)listen 80;/, '$1listen 8080;'),
    );
    const put = planned(mine, next);
    expect(certificateOfSite(put.text)).toEqual(next);
    expect(put.text).toContain('listen 8080;');
    // The hunk begins a line above.
    expect(linesOf(put)).toEqual([expect.stringMatching(/^# {3}proto-scaffold nginx/)]);
  });

  it('changes nothing where the operator edited the very lines, and says which', () => {
    const mine = edited(secured, site, (text) => text.replace('return 301 ', 'return 308 '));
    expect(() => planned(mine, 'none')).toThrow(
      expect.objectContaining({
        code: 'NGINX_SITE_EDITED',
        faults: [expect.objectContaining({ file: site, line: expect.any(Number) })],
      }),
    );
  });

  it('is the own one again with hybrid hosting', () => {
    const hybrid = installed('2026.11.0', values, 'hybrid');
    const given = planned(hybrid, next);
    expect(certificateOfSite(given.text)).toEqual(next);
    const after = {
      ...hybrid,
      base: given.base,
      current: new Map([...hybrid.current, [site, given.text]]),
    };
    expect(certificateOfSite(planned(after, 'none').text)).toEqual(
      certificateOfSite(siteIn(hybrid)),
    );
  });
});

describe('a site in words', () => {
  it('is where it answers, and its certificate', () => {
    expect(siteWords(siteIn(plain))).toEqual(['http, for chat.example-bank.com; no certificate']);
    expect(siteWords(siteIn(secured))).toEqual([
      'https on port 443, for chat.example-bank.com',
      `certificate ${old.certificate}, key ${old.key}`,
    ]);
    const other = siteIn(secured).replaceAll('443', '8443');
    expect(siteWords(other)[0]).toBe('https on port 8443, for chat.example-bank.com');
    const any = siteIn(plain).replace('chat.example-bank.com', '_');
    expect(siteWords(any)).toEqual([
      'http, for every name that no other site uses; no certificate',
    ]);
  });
});
