import { describe, expect, it } from 'vitest';
import { renderNginx } from '../../src/nginx/render-nginx.ts';
import { siteOf } from '../../src/nginx/site.ts';
import { certificateOfSite, replaceCertificate } from '../../src/nginx/site-certificate.ts';
import { edited, type Installed, installed, updated } from '../support/releases.ts';
import { readTemplateSet } from '../support/template-set.ts';

const site = 'nginx/proto.conf';
const platform = 'backend/config/platform.toml';
const url = 'chat.example-bank.com';
const values = {
  YOUR_URL: url,
  YOUR_TLS_CERTIFICATE: '/etc/ssl/chat.pem',
  YOUR_TLS_CERTIFICATE_KEY: '/etc/ssl/chat.key',
};

/** As an older program left it, which knew nothing of nginx. */
function withoutNginx({ lock, base, current }: Installed): Installed {
  const without = (files: ReadonlyMap<string, string>) =>
    new Map([...files].filter(([path]) => path !== site));
  return { lock, base: without(base), current: without(current) };
}

const outcomeOf = (computed: ReturnType<typeof updated>) =>
  computed.outcomes.find(({ path }) => path === site);

describe('nginx/proto.conf at an update', () => {
  it('comes where an older program had none, with the host name that the operator has now', () => {
    const old = withoutNginx(installed('2026.9.0'));
    const mine = edited(old, platform, (text) => text.replaceAll('{YOUR_URL}', url));
    const computed = updated(mine, '2026.11.0');
    expect(outcomeOf(computed)).toMatchObject({ kind: 'create' });
    expect(computed.plan.files).toContainEqual(
      expect.objectContaining({ kind: 'create', path: site }),
    );
    expect(computed.after.current.get(site)).toContain(`server_name ${url};`);
    expect(computed.after.base.get(site)).toBe(computed.after.current.get(site));
  });

  it('leaves a file alone that the operator had made there himself', () => {
    const old = withoutNginx(installed('2026.9.0', values));
    const own = 'server {\n    listen 80;\n}\n';
    const computed = updated(
      { ...old, current: new Map([...old.current, [site, own]]) },
      '2026.11.0',
    );
    expect(computed.after.current.get(site)).toBe(own);
    expect(computed.conflicts).toContainEqual(expect.objectContaining({ file: site }));
  });

  it('takes a route in, and keeps edits and the certificate that was put there by hand', () => {
    const mine = edited(installed('2026.11.0', values), site, (text) =>
      text
        .replace('client_max_body_size 100m;', 'client_max_body_size 2g; # ours')
        .replaceAll('/etc/ssl/chat', '/etc/ssl/hand'),
    );
    const { after, conflicts } = updated(mine, '2026.12.0');
    const text = after.current.get(site) ?? '';
    expect(conflicts).toEqual([]);
    expect(text).toContain('location /api/analytics/ {');
    expect(text).toContain('client_max_body_size 2g; # ours');
    expect(certificateOfSite(text)).toEqual({
      certificate: '/etc/ssl/hand.pem',
      key: '/etc/ssl/hand.key',
    });
    expect(updated(after, '2026.12.0').nothingNew).toBe(true);
  });

  it('keeps the host name where the files that have it cannot be read', () => {
    const broken = ['platform', 'chatbot', 'msgrouter_ws'].reduce(
      (from, name) => edited(from, `backend/config/${name}.toml`, (text) => `= =\n${text}`),
      installed('2026.11.0', { ...values, YOUR_URL: `${url}:8443` }),
    );
    const { after } = updated(broken, '2026.12.0');
    expect(after.current.get(site)).toContain(`return 301 https://${url}:8443$request_uri;`);
  });

  it('is not made again where the operator deleted it', () => {
    const mine = edited(installed('2026.11.0', values), site, () => undefined);
    expect(updated(mine, '2026.12.0').after.current.has(site)).toBe(false);
  });
});

describe('the site of new values', () => {
  it('has a certificate only with its key', () => {
    const { YOUR_TLS_CERTIFICATE_KEY: _, ...half } = values;
    expect(siteOf('/srv/proto', new Map(Object.entries(half))).certificate).toBeUndefined();
    expect(siteOf('/srv/proto', new Map(Object.entries(values))).certificate).toEqual({
      certificate: '/etc/ssl/chat.pem',
      key: '/etc/ssl/chat.key',
    });
  });
});

describe('another certificate', () => {
  it('takes the place of the two names, and of nothing else', () => {
    const { release } = readTemplateSet();
    const render = (certificate: string, key: string) =>
      renderNginx({
        release,
        hosting: 'on-premise',
        site: { installation: '/srv/proto', url, certificate: { certificate, key } },
      }) ?? '';
    const files = { certificate: '/a b/$&.pem', key: '/a b/"$1".key' };
    const before = render('/etc/ssl/ssl_certificate.pem', '/etc/ssl/x.key');
    expect(replaceCertificate(before, files)).toBe(render(files.certificate, files.key));
  });
});
