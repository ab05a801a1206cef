import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { docker, emptyEngine } from '../support/engine/docker.ts';
import { Desk } from '../support/program.ts';
import { lookAtHealthSooner } from '../support/quick-health.ts';
import type { EmbeddedRegistry } from '../support/registry/index.ts';
import { publish, startVendor } from '../support/vendor.ts';

/**
 * Hybrid hosting on a real engine, with the real PostgreSQL, openssl and nginx: who gets in, and who does not. The
 * engine of the tests writes no rules of its packet filter, so what comes from outside of a container's networks has
 * another address; that is why the clients are in networks that the database is in, too.
 */

const host = 'data.example-bank.com';
const inside = { name: 'proto-test-inside', subnet: '172.29.71.0/24' };
const outside = { name: 'proto-test-outside', subnet: '172.29.72.0/24' };

let registry: EmbeddedRegistry;
let desk: Desk;
let image: string;
let password: string;

beforeAll(async () => {
  registry = await startVendor();
  await publish(registry, { version: '2026.11.0', tags: ['stable'] });
  desk = new Desk(registry);
  desk.credentials({ hosting: 'hybrid' });
  desk.write('values.json', {
    url: `${host}:18443`,
    allowed_cidrs: `${inside.subnet}, 127.0.0.1`,
  });
  const init = await desk.run('init', '--pull', '--values', 'values.json');
  expect(init.code, init.stderr).toBe(0);
  lookAtHealthSooner(desk.path('proto'));
  const started = await desk.run('start', '--ignore', 'memory');
  expect(started.code, started.stderr).toBe(0);
  for (const { name, subnet } of [inside, outside]) {
    await docker(['network', 'create', '--subnet', subnet, name]);
    await docker(['network', 'connect', '--alias', host, name, await database()]);
  }
  image = await docker(['inspect', '--format', '{{.Config.Image}}', await database()]);
  const { document } = await desk.json('connection', '--reveal');
  password = document.result.database.password;
  await writeFile(desk.path('ca.pem'), document.result.ca);
});

afterAll(async () => {
  await emptyEngine();
  await registry.close();
  desk.remove();
});

const database = () =>
  docker(['ps', '--quiet', '--filter', 'label=com.docker.compose.service=postgres']);

/** What psql answers in a container of that network. */
async function psql(
  network: { readonly name: string },
  options: string,
  given = password,
  query = 'select 1',
): Promise<string> {
  const connection = `host=${host} dbname=platform user=postgres connect_timeout=10 ${options}`;
  const args = ['run', '--rm', '--network', network.name, '--env', `PGPASSWORD=${given}`];
  const mount = ['--volume', `${desk.path('ca.pem')}:/ca.pem:ro`];
  try {
    return await docker([...args, ...mount, image, 'psql', connection, '-Atc', query]);
  } catch (error) {
    return String((error as { stderr?: string }).stderr ?? error);
  }
}

const strict = 'sslmode=verify-full sslrootcert=/ca.pem';

describe('the database', () => {
  it('lets a client of an allowed network in, with TLS and password', async () => {
    expect(await psql(inside, strict)).toBe('1');
  });

  it('refuses it without TLS', async () => {
    expect(await psql(inside, 'sslmode=disable')).toMatch(/no pg_hba\.conf entry .*no encryption/);
  });

  it('refuses it without the password', async () => {
    expect(await psql(inside, strict, 'wrong')).toContain('password authentication failed');
  });

  it('is not taken for itself by another CA', async () => {
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other -days 2 -keyout /dev/null 2>/dev/null',
    ]);
    const real = await readFile(desk.path('ca.pem'));
    await writeFile(desk.path('ca.pem'), stdout);
    expect(await psql(inside, strict)).toContain('certificate verify failed');
    await writeFile(desk.path('ca.pem'), real);
  });

  it('refuses a client of any other network, whatever it has', async () => {
    const refusal = /no pg_hba\.conf entry for host "172\.29\.72\.\d+"/;
    expect(await psql(outside, strict)).toMatch(refusal);
    expect(await psql(outside, 'sslmode=disable')).toMatch(refusal);
  });

  it('takes no older TLS than 1.2', async () => {
    const old = `${strict} ssl_min_protocol_version=TLSv1 ssl_max_protocol_version=TLSv1.1`;
    expect(await psql(inside, old)).toMatch(
      /SSL error|unsupported protocol|no protocols available/i,
    );
  });

  it('is open to the operator on this host, as ever', async () => {
    const { code, stdout } = await desk.run('psql', '-c', 'show password_encryption', '--', '-At');
    expect([code, stdout]).toEqual([0, 'scram-sha-256\n']);
    const stored = await desk.run(
      'psql',
      '-c',
      'select rolpassword from pg_authid where oid = 10',
      '--',
      '-At',
    );
    expect(stored.stdout).toMatch(/^SCRAM-SHA-256\$/);
  });

  it('keeps its private key from everyone but its user', async () => {
    const listed = await docker([
      'exec',
      await database(),
      'stat',
      '-c',
      '%U %a',
      '/run/proto/tls_certificate_key',
    ]);
    expect(listed).toBe('postgres 600');
    const mounts = await docker(['exec', await database(), 'grep', ' /run/proto ', '/proc/mounts']);
    expect(mounts).toContain('tmpfs');
  });

  it('takes another network up with a restart, and shuts the one before out', async () => {
    const set = await desk.run(
      'config',
      'set',
      'access.allowed_cidrs',
      `${outside.subnet}, 127.0.0.1`,
    );
    expect(set.code, set.stderr).toBe(0);
    expect((await desk.run('restart', 'postgres')).code).toBe(0);
    expect(await psql(outside, strict)).toBe('1');
    expect(await psql(inside, strict)).toContain('no pg_hba.conf entry');
  });

  it('goes on with a renewed certificate', async () => {
    expect((await desk.run('certificate', '--renew', '--yes')).code).toBe(0);
    expect((await desk.run('restart', 'postgres')).code).toBe(0);
    expect(await psql(outside, strict)).toBe('1');
  });
});

describe('a change that the running database reads', () => {
  const startedAt = async () =>
    docker(['inspect', '--format', '{{.State.StartedAt}}', await database()]);
  const faults = async () => {
    const { document } = await desk.json('check');
    const findings = document.result.findings as { id: string; state: string; remedy?: string }[];
    const ofDatabase = ['files-in-use', 'database-certificate-served', 'allowed-networks'];
    return ofDatabase.flatMap((wanted) =>
      findings.filter(({ id, state }) => id === wanted && state === 'failed'),
    );
  };
  let since: string;
  beforeAll(async () => {
    since = await startedAt();
    expect(await faults()).toEqual([]);
  });
  afterEach(async () => expect(await startedAt()).toBe(since));

  it('of the allowed networks is a finding until the reload, which ends the connections of the others', async () => {
    const sleeping = psql(outside, strict, password, 'select pg_sleep(300)');
    const set = await desk.run(
      'config',
      'set',
      'access.allowed_cidrs',
      `${inside.subnet}, 127.0.0.1`,
    );
    expect(set.stdout).toContain('proto-scaffold reload postgres');
    expect(await psql(inside, strict)).toContain('no pg_hba.conf entry');
    expect(await faults()).toMatchObject([
      { id: 'files-in-use', remedy: 'Run `proto-scaffold reload postgres`.' },
    ]);
    const { code, stdout, stderr } = await desk.run('reload');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('postgres uses the changed backend/postgres/pg_hba.conf.');
    expect(await psql(inside, strict)).toBe('1');
    expect(await psql(outside, strict)).toContain('no pg_hba.conf entry');
    expect(await sleeping).toMatch(/terminating connection|closed the connection/);
    expect(await faults()).toEqual([]);
    expect((await desk.run('reload')).stdout).toContain('Nothing to reload');
  });

  it('of the certificate is served after the reload', async () => {
    const renewed = await desk.run('certificate', '--renew', '--yes');
    expect(renewed.stdout).toContain('proto-scaffold reload postgres');
    expect((await faults()).map(({ id }) => id)).toEqual([
      'files-in-use',
      'database-certificate-served',
    ]);
    expect((await desk.run('reload', 'postgres')).code).toBe(0);
    expect(await faults()).toEqual([]);
    expect(await psql(inside, strict)).toBe('1');
  });

  it('with an error is not taken, and all goes on as before', async () => {
    const path = desk.path('proto/backend/postgres/pg_hba.conf');
    const text = await readFile(path, 'utf8');
    await writeFile(path, `${text}hostssl all all 300.1.1.1/8 scram-sha-256\n`);
    const { code, document } = await desk.json('reload');
    expect([code, document.error?.code]).toEqual([3, 'RELOAD_FAILED']);
    expect(document.error?.message).toMatch(/pg_hba\.conf, line \d+: .*300\.1\.1\.1\/8"$/);
    expect((await faults()).map(({ id }) => id)).toEqual(['files-in-use']);
    expect(await psql(inside, strict)).toBe('1');
    await writeFile(path, text);
    expect(await faults()).toEqual([]);
  });

  it('of the networks alone needs none of the other files', async () => {
    const path = desk.path('proto/backend/secrets/tls_certificate_key');
    await rename(path, `${path}.aside`);
    const networks = `${inside.subnet}, 127.0.0.1, 10.0.0.0/8`;
    await desk.run('config', 'set', 'access.allowed_cidrs', networks);
    const { code, stderr } = await desk.run('reload');
    await rename(`${path}.aside`, path);
    expect(code, stderr).toBe(0);
    expect(await faults()).toEqual([]);
  });

  it('with a key of another certificate is not taken, which PostgreSQL would not say', async () => {
    const path = desk.path('proto/backend/secrets/tls_certificate_key');
    const text = await readFile(path, 'utf8');
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const key of [pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), 'no key']) {
      await writeFile(path, key);
      const { code, document } = await desk.json('reload');
      expect([code, document.error?.code]).toEqual([3, 'RELOAD_FAILED']);
      expect(document.error?.message).toContain(path);
      expect((await faults()).map(({ id }) => id)).toEqual(['files-in-use']);
    }
    await writeFile(path, text);
    expect(await faults()).toEqual([]);
  });

  it('to networks of IPv6 alone leaves no one, which is said', async () => {
    const set = await desk.run('config', 'set', 'access.allowed_cidrs', '2001:db8::/32');
    expect(set.stderr).toContain('All allowed networks are IPv6');
    const found = await faults();
    expect(found.map(({ id }) => id)).toEqual(['files-in-use', 'allowed-networks']);
    const remedy = /`(networks: .*)` in (docker-compose\.override\.yml)/.exec(
      found[1]?.remedy ?? '',
    );
    const override = desk.path('proto/backend', remedy?.[2] ?? '');
    const before = await readFile(override, 'utf8');
    await writeFile(override, `${before}\n${remedy?.[1]}\n`);
    expect((await faults()).map(({ id }) => id)).toEqual(['files-in-use']);
    await writeFile(override, before);
    await desk.run('config', 'set', 'access.allowed_cidrs', `${outside.subnet}, 127.0.0.1`);
    expect((await desk.run('reload')).code).toBe(0);
    expect(await psql(outside, strict)).toBe('1');
  });
});

describe('a stopped database', () => {
  it('has nothing to reload, whatever was changed', async () => {
    await docker(['stop', await database()]);
    await desk.run('config', 'set', 'access.allowed_cidrs', `${inside.subnet}, 127.0.0.1`);
    const { code, document } = await desk.json('reload', 'postgres');
    expect([code, document.error?.code]).toEqual([3, 'PLATFORM_STOPPED']);
    await desk.run('config', 'set', 'access.allowed_cidrs', `${outside.subnet}, 127.0.0.1`);
  });
});

describe('a stopped platform', () => {
  afterAll(async () => {
    expect((await desk.run('start', '--ignore', 'memory')).code).toBe(0);
    for (const { name } of [inside, outside]) {
      await docker(['network', 'connect', '--alias', host, name, await database()]);
    }
  });

  it('is backed up, and its database gets a new password, which both sides have then', async () => {
    expect((await desk.run('stop')).code).toBe(0);
    const backup = await desk.run('backup', 'b.tar');
    expect(backup.code, backup.stderr).toBe(0);
    const rotated = await desk.run('config', 'rotate', 'postgres_password', '--yes');
    expect(rotated.code, rotated.stderr).toBe(0);
    const started = await desk.run('start', '--ignore', 'memory');
    expect(started.code, started.stderr).toBe(0);
    await docker(['network', 'connect', '--alias', host, outside.name, await database()]);
    expect(await psql(outside, strict)).toContain('password authentication failed');
    const { document } = await desk.json('connection', '--reveal');
    expect(await psql(outside, strict, document.result.database.password)).toBe('1');
    const restored = await desk.run('restore', 'b.tar', '--yes');
    expect(restored.code, restored.stderr).toBe(0);
  });
});

describe('the bucket', () => {
  let nginx: ChildProcess;

  beforeAll(async () => {
    const at = (name: string) => desk.path('nginx', name);
    await mkdir(desk.path('nginx'));
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${at(name)};`,
    );
    await writeFile(
      at('nginx.conf'),
      `daemon off; user root; pid ${at('pid')}; error_log ${at('error.log')}; events {}
       http { access_log off; ${temporary.join(' ')} include ${desk.path('proto/nginx/proto.conf')}; }`,
    );
    nginx = spawn('/usr/sbin/nginx', ['-p', desk.path('nginx'), '-c', at('nginx.conf')], {
      stdio: 'ignore',
    });
  });
  afterAll(async () => {
    nginx.kill();
    await once(nginx, 'exit');
  });

  /** The answer's status, or status and body. */
  async function reach(method: string, path: string, body = '', from = '127.0.0.1') {
    const ca = await readFile(desk.path('ca.pem'));
    const options = { method, path, ca, servername: host, localAddress: from };
    const headers = { host: `${host}:18443`, 'content-length': String(body.length) };
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port: 18443, ...options, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () =>
          resolve(method === 'GET' ? `${answer.statusCode} ${text}` : answer.statusCode),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  it('is reached over TLS, with any size of object', async () => {
    const begun = () => reach('PUT', '/platform').catch(() => 0);
    await expect.poll(begun, { timeout: 20_000 }).toBe(200);
    const large = 'x'.repeat(120 * 1024 * 1024);
    expect(await reach('PUT', '/platform/a%2Fb%20c', large)).toBe(200);
    expect(await reach('PUT', '/platform/small', 'hello')).toBe(200);
    expect(await reach('GET', '/platform/small')).toBe('200 hello');
    expect(await reach('GET', '/platform?list-type=2')).toContain('<Key>a/b c</Key>');
  });

  it('is closed to whoever is not allowed', async () => {
    expect(await reach('GET', '/platform/small', '', '127.0.0.2')).toMatch(/^403 /);
  });
});
