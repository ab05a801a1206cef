import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk, type Outcome } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { releaseFolder } from '../support/releases.ts';
import { makeCertificate } from '../support/web-edge.ts';

/** Hybrid hosting from `init` to `update`, with the real openssl and nginx; no Docker Engine answers. */

let registry: EmbeddedRegistry;
const desks: Desk[] = [];

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.11.0' });
});
afterAll(async () => {
  for (const desk of desks) desk.remove();
  await registry.close();
});

/** With a docker that takes logins, and knows of no engine. */
function equippedDesk(hosting = 'hybrid'): Desk {
  const desk = new Desk(registry);
  desks.push(desk);
  desk.putOnPath(
    'docker',
    '[ "$1" = login ] && exec cat >/dev/null\necho "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?" >&2\nexit 1',
  );
  desk.credentials({ hosting });
  return desk;
}

const values = { url: 'data.example-bank.com', allowed_cidrs: '203.0.113.7, 2001:db8:12::/48' };

async function installedDesk(given: Record<string, string> = values): Promise<Desk> {
  const desk = equippedDesk();
  desk.write('values.json', given);
  const { code, stderr } = await desk.run('init', '--values', 'values.json');
  expect(code, stderr).toBe(0);
  return desk;
}

const read = (desk: Desk, path: string) => readFileSync(desk.path('proto', path), 'utf8');
const secrets = 'backend/secrets';
const openssl = (desk: Desk, ...args: string[]) =>
  execFileSync('openssl', args, { cwd: desk.path('proto', secrets), encoding: 'utf8' });

describe('init', () => {
  let desk: Desk;
  let outcome: Outcome;

  beforeAll(async () => {
    desk = equippedDesk();
    desk.write('values.json', {
      ...values,
      sendgrid_api_key: 'canary-sendgrid',
      openai_provider: 'azure',
    });
    outcome = await desk.run('init', '--values', 'values.json', '--verbose');
  });

  it('makes database, bucket and site, and nothing of the platform itself', () => {
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(outcome.stdout).toContain('2 images and 0 static bundles are pinned');
    const files = Object.keys(desk.tree()).filter((path) => /^proto\/[^.]/.test(path));
    expect(files.filter((path) => /\.(toml|conf|yml)$/.test(path))).toEqual([
      'proto/backend/config/access.toml',
      'proto/backend/config/bucket.toml',
      'proto/backend/docker-compose.yml',
      'proto/backend/postgres/pg_hba.conf',
      'proto/nginx/proto.conf',
      'proto/proto.toml',
    ]);
    expect(read(desk, 'backend/postgres/pg_hba.conf').match(/^hostssl.*$/gm)).toEqual([
      'hostssl  platform  postgres  203.0.113.7/32  scram-sha-256',
      'hostssl  platform  postgres  2001:db8:12::/48  scram-sha-256',
    ]);
    expect(outcome.stdout).not.toContain('Not set yet:');
    expect(outcome.stdout).toContain(
      'To print the connection details for the vendor: proto-scaffold connection',
    );
  });

  it('tells what of the values has no use here, and keeps it nowhere', () => {
    expect(outcome.stderr).toContain(
      'Skipped values that hybrid hosting does not use: sendgrid_api_key, openai_provider.',
    );
    expect(Object.values(desk.tree()).map(String).join()).not.toContain('canary-sendgrid');
  });

  it('makes a certificate for the host name, by a CA of its own, for times that programs take', () => {
    const verified = openssl(
      desk,
      ...['verify', '-x509_strict', '-purpose', 'sslserver'],
      ...['-verify_hostname', 'data.example-bank.com', '-CAfile', 'ca_certificate'],
      'tls_certificate',
    );
    expect(verified).toBe('tls_certificate: OK\n');
    const text = openssl(desk, 'x509', '-in', 'tls_certificate', '-noout', '-text');
    expect(text).toContain('DNS:data.example-bank.com\n');
    expect(text).toContain('NIST CURVE: P-256');
    expect(text).toContain('CA:FALSE');
    const days = (file: string) => {
      const dates = openssl(desk, 'x509', '-in', file, '-noout', '-dates');
      const [from = '', to = ''] = [...dates.matchAll(/=(.*)/g)].map((match) => match[1]);
      return (Date.parse(to) - Date.parse(from)) / (24 * 3600 * 1000);
    };
    expect([days('tls_certificate'), days('ca_certificate')]).toEqual([825, 3650]);
    expect(() =>
      openssl(
        desk,
        'verify',
        '-verify_hostname',
        'x.example',
        '-CAfile',
        'ca_certificate',
        'tls_certificate',
      ),
    ).toThrow();
  });

  it('lets the containers read its key, no one but the owner that of the CA, and prints none', () => {
    const mode = (path: string) => (statSync(desk.path('proto', path)).mode & 0o777).toString(8);
    expect(mode(secrets)).toBe('700');
    expect(mode(`${secrets}/tls_certificate_key`)).toBe('640');
    expect(mode(`${secrets}/ca_certificate_key`)).toBe('600');
    expect(mode('backend/postgres')).toBe('700');
    expect(mode('backend/postgres/pg_hba.conf')).toBe('640');
    expect(mode(`.proto/base/${secrets}/ca_certificate_key`)).toBe('600');
    const keys = ['tls_certificate_key', 'ca_certificate_key'].map(
      (name) => read(desk, `${secrets}/${name}`).split('\n')[1],
    );
    for (const line of keys) expect(outcome.stdout + outcome.stderr).not.toContain(line);
    expect(outcome.stderr).toContain('openssl genpkey');
  });

  it('is as `check` wants it: no container needs the key of the CA', async () => {
    const { document } = await desk.json('check', '--profile', 'start');
    const files = document.result.findings.find(({ id }: { id: string }) => id === 'files');
    expect(files).toMatchObject({ state: 'ok' });
  });

  it('is understood by nginx', async () => {
    const { code, stdout, stderr } = await desk.run('nginx', '--test');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('nginx accepts nginx/proto.conf.');
  });

  it('of a given certificate makes none, and needs no openssl', async () => {
    const given = equippedDesk();
    given.write('chat.pem', read(desk, `${secrets}/tls_certificate`));
    given.write('chat.key', read(desk, `${secrets}/tls_certificate_key`));
    given.write('values.json', {
      ...values,
      tls_certificate: given.path('chat.pem'),
      tls_certificate_key: given.path('chat.key'),
    });
    given.putOnPath('openssl', 'exit 99');
    const { code, stderr } = await given.run('init', '--values', 'values.json');
    expect(code, stderr).toBe(0);
    const compose = read(given, 'backend/docker-compose.yml');
    expect(compose).toContain(`file: ${given.path('chat.key')}\n`);
    expect(read(given, 'nginx/proto.conf')).toContain(`ssl_certificate ${given.path('chat.pem')};`);
    expect(Object.keys(given.tree())).not.toContain(`proto/${secrets}/ca_certificate`);
    const { stdout } = await given.run('connection');
    expect(stdout).toContain(`Certificate: ${given.path('chat.pem')}, provided by you.`);
    const renewal = await given.run('certificate', '--renew', '--yes');
    expect([renewal.code, renewal.stderr]).toEqual([
      2,
      expect.stringContaining('[CERTIFICATE_NOT_OWN]'),
    ]);
  });

  it('without openssl and without a certificate says what to do, and leaves nothing', async () => {
    const bare = equippedDesk();
    bare.write('values.json', values);
    bare.env.PATH = bare.path('.bin');
    const { code, stderr } = await bare.run('init', '--values', 'values.json');
    expect(code).toBe(3);
    expect(stderr).toContain('[OPENSSL_NOT_FOUND]');
    expect(stderr).toContain('tls_certificate and tls_certificate_key');
    expect(Object.keys(bare.tree())).toEqual(['proto_credentials.json', 'values.json']);
  });

  it('shows its plan in a dry run without openssl, with all the files it would make', async () => {
    const dry = equippedDesk();
    dry.write('values.json', values);
    dry.putOnPath('openssl', 'exit 99');
    const { code, document } = await dry.json('init', '--dry-run', '--values', 'values.json');
    expect(code).toBe(0);
    const paths = document.result.plan.files.map(({ path }: { path: string }) => path);
    expect(paths).toContain(`${secrets}/ca_certificate`);
    expect(paths).not.toContain('backend/config/platform.toml');
    expect(Object.keys(dry.tree())).toEqual(['proto_credentials.json', 'values.json']);
  });

  it.each([
    ['0.0.0.0/0', 'too broad'],
    ['203.0.113.7/24', 'use 203.0.113.0/24'],
  ])('refuses %s as allowed_cidrs, with the line', async (allowed_cidrs, words) => {
    const wrong = equippedDesk();
    wrong.write('values.json', { allowed_cidrs });
    const { code, stderr } = await wrong.run('init', '--values', 'values.json');
    expect(code).toBe(2);
    expect(stderr).toMatch(/values\.json:2:\d+ allowed_cidrs: contains/);
    expect(stderr).toContain(words);
  });
});

describe('what is unset at init', () => {
  it('is named, stops connection and certificate, and is set later with a certificate', async () => {
    const desk = await installedDesk({});
    const { stdout } = await desk.run('config', 'list', '--unset');
    expect(stdout.match(/^\S+/gm)).toEqual(['access.host', 'access.allowed_cidrs']);
    for (const command of [['connection'], ['certificate', '--renew']]) {
      const { code, stderr } = await desk.run(...command);
      expect([code, stderr]).toEqual([5, expect.stringContaining('[VALUES_UNSET]')]);
    }
    const host = await desk.run('config', 'set', 'access.host', 'data.example-bank.com');
    expect(host.stdout).toContain('  proto-scaffold certificate --renew\n');
    expect(host.stdout).toContain('  sudo proto-scaffold nginx --install\n');
    await desk.run('config', 'set', 'access.allowed_cidrs', '198.51.100.0/24');
    const started = await desk.run('start');
    expect([started.code, started.stderr]).toEqual([
      3,
      expect.stringContaining('[CERTIFICATE_MISSING]'),
    ]);
    const renewal = await desk.run('certificate', '--renew', '--yes');
    expect(renewal.code, renewal.stderr).toBe(0);
    expect(renewal.stdout).toContain(
      'Created a new certificate for data.example-bank.com and a new CA.',
    );
    const again = await desk.run('start');
    expect(again.stderr).not.toContain('[CERTIFICATE_MISSING]');
    const { document } = await desk.json('connection');
    expect(document.result.ca).toBe(read(desk, `${secrets}/ca_certificate`));
    expect(document.result.allowed).toEqual(['198.51.100.0/24']);
  });
});

describe('day two', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await installedDesk();
  });
  const password = () => read(desk, `${secrets}/postgres_password`).trim();

  it('prints what the vendor needs, secrets only on request', async () => {
    const shown = await desk.run('connection');
    expect(shown.code, shown.stderr).toBe(0);
    expect(shown.stdout).toContain('  host      data.example-bank.com\n  port      5432\n');
    expect(shown.stdout).toContain('  sslmode   verify-full\n');
    expect(shown.stdout).toContain('  endpoint    https://data.example-bank.com\n');
    expect(shown.stdout).toContain(read(desk, `${secrets}/ca_certificate`));
    expect(shown.stdout.match(/\[secret\]/g)?.length).toBe(3);
    expect(shown.stdout).not.toContain(password());
    expect(shown.stderr).toContain('proto-scaffold connection --reveal');
    const revealed = await desk.run('connection', '--reveal');
    expect(revealed.stdout).toContain(`  password  ${password()}\n`);
    expect(revealed.stdout).not.toContain('[secret]');
    expect(revealed.stderr).toContain('through a secure channel');
    const { document } = await desk.json('connection', '--reveal');
    expect(document.result).toMatchObject({
      revealed: true,
      allowed: ['203.0.113.7/32', '2001:db8:12::/48'],
      database: {
        name: 'platform',
        user: 'postgres',
        password: password(),
        sslmode: 'verify-full',
      },
      bucket: { endpoint: 'https://data.example-bank.com', name: 'platform' },
    });
    const { document: hidden } = await desk.json('connection');
    expect(JSON.stringify(hidden)).not.toContain(password());
  });

  it('with another network brings pg_hba.conf along, and says what is to be done for nginx', async () => {
    const path = desk.path('proto/backend/postgres/pg_hba.conf');
    writeFileSync(path, `${readFileSync(path, 'utf8')}# mine\n`);
    const { code, stdout, stderr } = await desk.run(
      ...['config', 'set', 'access.allowed_cidrs', '198.51.100.0/24 203.0.113.7'],
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(
      'proto-scaffold reload postgres  # or in backend/: docker compose restart postgres',
    );
    expect(stdout).toContain('sudo proto-scaffold nginx --install');
    expect(stdout).not.toContain('certificate --renew');
    const hba = readFileSync(path, 'utf8');
    expect(hba.match(/^hostssl.*$/gm)).toEqual([
      'hostssl  platform  postgres  198.51.100.0/24  scram-sha-256',
      'hostssl  platform  postgres  203.0.113.7/32  scram-sha-256',
    ]);
    expect(hba.endsWith('# mine\n')).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    const nginx = await desk.run('nginx');
    expect(nginx.code, nginx.stderr).toBe(0);
    expect(read(desk, 'nginx/proto.conf').match(/^ +(allow|deny).*$/gm)).toEqual([
      '    allow 198.51.100.0/24;',
      '    allow 203.0.113.7/32;',
      '    deny all;',
    ]);
    const wrong = await desk.run('config', 'set', 'access.allowed_cidrs', '0.0.0.0/0');
    expect([wrong.code, readFileSync(path, 'utf8')]).toEqual([2, hba]);
  });

  it('brings pg_hba.conf in line with an access.toml that was edited by hand', async () => {
    const path = desk.path('proto/backend/config/access.toml');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('198.51.100.0/24, 203.0.113.7/32', '192.0.2.0/24'));
    const { stderr } = await desk.run('start');
    expect(stderr).toContain('run: proto-scaffold config set access.allowed_cidrs 192.0.2.0/24');
    await desk.run('config', 'set', 'access.allowed_cidrs', '192.0.2.0/24');
    expect(read(desk, 'backend/postgres/pg_hba.conf').match(/^hostssl.*$/gm)).toEqual([
      'hostssl  platform  postgres  192.0.2.0/24  scram-sha-256',
    ]);
  });

  it('never leaves the site without TLS', async () => {
    const before = read(desk, 'nginx/proto.conf');
    const { code } = await desk.run('nginx', '--no-certificate');
    expect(code).toBe(0);
    const after = read(desk, 'nginx/proto.conf');
    expect(after.match(/listen .*/g)).toEqual(before.match(/listen .*/g));
    expect(after).toContain(
      `ssl_certificate_key ${desk.path('proto')}/${secrets}/tls_certificate_key;`,
    );
  });

  it('renews the certificate by the same CA, and goes back', async () => {
    const before = ['ca_certificate', 'tls_certificate'].map((name) =>
      read(desk, `${secrets}/${name}`),
    );
    const { code, stdout, stderr } = await desk.run('certificate', '--renew', '--yes');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(
      'proto-scaffold reload postgres  # or in backend/: docker compose restart postgres',
    );
    expect(read(desk, `${secrets}/ca_certificate`)).toBe(before[0]);
    expect(read(desk, `${secrets}/tls_certificate`)).not.toBe(before[1]);
    expect(openssl(desk, 'verify', '-CAfile', 'ca_certificate', 'tls_certificate')).toContain('OK');
    const shown = await desk.run('certificate');
    expect(shown.stdout).toMatch(/It is valid until \d{4}-\d\d-\d\d, for 82\d days\./);
    const [, state = ''] = /number (\d+) in/.exec(stdout) ?? [];
    const back = await desk.run('rollback', state, '--yes', '--without-engine');
    expect(back.code, back.stderr).toBe(0);
    expect(read(desk, `${secrets}/tls_certificate`)).toBe(before[1]);
    const { document } = await desk.json('status');
    expect(document.result.certificate).toMatchObject({ problem: null });
    expect(document.result.certificate.file).toBe(
      `${desk.path('proto')}/${secrets}/tls_certificate`,
    );
  });

  it('knows a certificate of another CA that was put instead of its own', async () => {
    makeCertificate(desk.folder, 'data.example-bank.com');
    const put = (name: string, file: string) =>
      writeFileSync(desk.path('proto', secrets, name), readFileSync(desk.path(file)));
    put('tls_certificate', 'chat.pem');
    put('tls_certificate_key', 'chat.key');
    const renewal = await desk.json('certificate', '--renew', '--yes');
    expect([renewal.code, renewal.document.error.code]).toEqual([2, 'CERTIFICATE_NOT_OWN']);
    expect(read(desk, `${secrets}/tls_certificate`)).toBe(
      readFileSync(desk.path('chat.pem'), 'utf8'),
    );
    expect((await desk.run('certificate')).stdout).toContain('tls_certificate: provided by you.');
    expect((await desk.json('connection')).document.result.ca).toBeNull();
  });

  it('takes a new release in with certificate, secrets and networks as they are', async () => {
    await desk.run('config', 'set', 'access.allowed_cidrs', '203.0.113.0/24');
    await desk.run('certificate', '--renew', '--yes');
    const kept = [
      'ca_certificate',
      'ca_certificate_key',
      'tls_certificate',
      'tls_certificate_key',
      'postgres_password',
    ];
    const before = kept.map((name) => read(desk, `${secrets}/${name}`));
    await registry.seedRelease({ version: '2026.12.0', tags: ['stable'] });
    const { code, document } = await desk.json(
      'update',
      '--yes',
      '--without-engine',
      '--templates',
      releaseFolder('2026.12.0'),
    );
    expect(code, JSON.stringify(document)).toBe(0);
    expect(document.result.conflicts).toEqual([]);
    expect(kept.map((name) => read(desk, `${secrets}/${name}`))).toEqual(before);
    expect(read(desk, 'backend/docker-compose.yml')).toContain('-c log_connections=on');
    expect(read(desk, 'backend/config/access.toml')).toContain('addresses that Proto comes from');
    expect(read(desk, 'backend/config/access.toml')).toContain('allowed_cidrs = "203.0.113.0/24"');
    expect(read(desk, 'backend/postgres/pg_hba.conf')).toContain('postgres  203.0.113.0/24 ');
    expect(read(desk, 'backend/postgres/pg_hba.conf')).toContain('# mine\n');
    expect(Object.keys(desk.tree()).join()).not.toMatch(/platform\.toml|analytics|frontend/);
    const again = await desk.json(
      'update',
      '--yes',
      '--without-engine',
      '--templates',
      releaseFolder('2026.12.0'),
    );
    expect(again.document.result.changed).toBe(false);
  });
});

describe('on-premise', () => {
  it('refuses what hybrid hosting alone has', async () => {
    const desk = equippedDesk('on-premise');
    desk.write('values.json', values);
    const { stderr } = await desk.run('init', '--values', 'values.json');
    expect(stderr).toContain('Skipped values that on-premise hosting does not use: allowed_cidrs.');
    for (const command of ['connection', 'certificate']) {
      const refused = await desk.run(command);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('[NOT_HYBRID]')]);
    }
  });
});
