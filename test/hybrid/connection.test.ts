import { describe, expect, it } from 'vitest';
import { reachOfServices } from '../../src/compose/service-reach.ts';
import { connectionData, connectionLines, connectionOf } from '../../src/hybrid/connection.ts';
import { presentSite } from '../../src/nginx/site.ts';
import { ownCertificateFiles } from '../../src/nginx/site-certificate.ts';
import { templatesFor } from '../../src/release/release.ts';
import { siteValues } from '../../src/values/site-values.ts';
import { edited, installed, release } from '../support/releases.ts';

const values = { YOUR_URL: 'data.example-bank.com:8443', YOUR_ALLOWED_CIDRS: '203.0.113.0/24' };
const templates = templatesFor(release('2026.11.0'), 'hybrid');
const certificate = ownCertificateFiles('/srv/proto');

function connect(
  { current } = installed('2026.11.0', values, 'hybrid'),
  files = certificate,
  override = '',
) {
  const site = presentSite('/srv/proto', siteValues(templates, current), undefined);
  return connectionOf({
    templates,
    hosting: 'hybrid',
    site: { ...site, certificate: files },
    own: files === certificate,
    current: new Map([...current, ['backend/secrets/ca_certificate', 'PEM of a CA\n']]),
    reaches: reachOfServices([current.get('backend/docker-compose.yml') ?? '', override]),
  });
}

describe('a connection', () => {
  it('is what the files of the installation say', () => {
    const found = connect();
    if (!found.ok) throw new Error('incomplete');
    expect(connectionData(found.connection, true)).toEqual({
      revealed: true,
      allowed: ['203.0.113.0/24'],
      database: {
        host: 'data.example-bank.com',
        port: 5432,
        name: 'platform',
        user: 'postgres',
        password: 'random-of-2026.11.0-1',
        sslmode: 'verify-full',
      },
      bucket: {
        endpoint: 'https://data.example-bank.com:8443',
        name: 'platform',
        accessKey: 'random-of-2026.11.0-2',
        secretKey: 'random-of-2026.11.0-3',
      },
      ca: 'PEM of a CA\n',
    });
  });

  it.each([
    ['["0.0.0.0:15432:5432"]', 5432],
    ['!override ["0.0.0.0:15432:5432"]', 15432],
    ['!override ["127.0.0.1:5432:5432", "0.0.0.0:15432:5432"]', 15432],
    ['!override [{ target: 5432, published: 15432 }]', 15432],
    ['!reset []', 5432],
  ])('has the port that Compose publishes: %s', (ports, port) => {
    const override = `services:\n  postgres:\n    ports: ${ports}\n`;
    expect(connect(undefined, undefined, override)).toMatchObject({
      connection: { database: { port } },
    });
  });

  it('shows a secret nowhere unless it is asked for', () => {
    const found = connect();
    if (!found.ok) throw new Error('incomplete');
    const hidden = [
      ...connectionLines(found.connection, false),
      JSON.stringify(connectionData(found.connection, false)),
      JSON.stringify(found.connection),
    ].join('\n');
    expect(hidden).not.toContain('random-of');
    expect(connectionLines(found.connection, true).join('\n')).toContain('random-of-2026.11.0-3');
  });

  it('names the given certificate where there is no CA of its own', () => {
    const given = { certificate: '/etc/ssl/x.pem', key: '/etc/ssl/x.key' };
    const found = connect(undefined, given);
    if (!found.ok) throw new Error('incomplete');
    expect(connectionData(found.connection, false)).toMatchObject({ ca: null });
    expect(connectionLines(found.connection, false).join('\n')).toContain(
      '/etc/ssl/x.pem, provided by you',
    );
  });

  it('is incomplete without host name, password or keys, each with its place', () => {
    const bare = [
      ['backend/config/access.toml', 'host = "data.example-bank.com:8443"', 'host = "no host"'],
      ['backend/secrets/postgres_password', /.+/, ''],
      ['backend/config/bucket.toml', /access_key = .*/, ''],
    ] as const;
    const broken = bare.reduce(
      (before, [path, from, to]) => edited(before, path, (text) => text.replace(from, to)),
      installed('2026.11.0', values, 'hybrid'),
    );
    expect(connect(broken)).toEqual({
      ok: false,
      missing: [
        { file: 'backend/config/access.toml', key: 'access.host' },
        { file: 'backend/secrets/postgres_password', key: '' },
        { file: 'backend/config/bucket.toml', key: 'bucket.access_key' },
      ],
    });
  });
});
