import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import {
  type Certificates,
  type EmbeddedRegistry,
  makeCertificates,
  startRegistry,
} from '../support/registry/index.ts';
import { freePort } from '../support/served-site.ts';

/** A real squid between the program and the vendor, as banks have it. */

const ecr = 'api.ecr.ap-southeast-1.amazonaws.com';
const registryName = '123456789012.dkr.ecr.ap-southeast-1.amazonaws.com';
const storage = 'prod-ap-southeast-1-starport-layer-bucket.s3.ap-southeast-1.amazonaws.com';

/** The registry's, so that its port is the usual one and not in the way of others. */
const address = '127.77.0.1';

let certificates: Certificates;
let registry: EmbeddedRegistry;
let desk: Desk;
let squid: ChildProcess | undefined;

beforeAll(async () => {
  certificates = await makeCertificates({ names: [ecr, registryName, address] });
  const proxyEndpoint = `https://${registryName}`;
  registry = await startRegistry({ tls: certificates, host: address, port: 443, proxyEndpoint });
  await registry.seedRelease({ tags: ['stable'] });
});
afterAll(async () => {
  await registry.close();
  await certificates.remove();
});
beforeEach(() => {
  desk = new Desk(undefined, {
    AWS_ENDPOINT_URL_ECR: `https://${ecr}`,
    NODE_EXTRA_CA_CERTS: certificates.caFile,
  });
  desk.credentials();
});
afterEach(async () => {
  registry.faults.clear();
  if (squid?.exitCode === null) {
    squid.kill('SIGKILL');
    await once(squid, 'exit');
  }
  desk.remove();
});

/** Starts a squid with these lines of configuration. @returns `host:port` */
async function proxy(lines: (port: number) => readonly string[]): Promise<string> {
  const port = await freePort();
  const folder = desk.path('.tmp', 'squid');
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  const hosts = desk.write('hosts', `${address} ${ecr} ${registryName}\n`, 0o644);
  chmodSync(desk.folder, 0o755);
  const configuration = [
    `hosts_file ${hosts}`,
    'pid_filename none',
    'access_log none',
    `cache_log ${folder}/cache.log`,
    `coredump_dir ${folder}`,
    'shutdown_lifetime 1 seconds',
    ...lines(port),
  ];
  const file = desk.write('squid.conf', `${configuration.join('\n')}\n`, 0o644);
  squid = spawn('squid', ['-N', '-f', file], { stdio: 'ignore' });
  for (let tries = 0; tries < 100; tries++) {
    if (await accepts(port)) return `127.0.0.1:${port}`;
    await sleep(100);
  }
  throw new Error(execFileSync('cat', [`${folder}/cache.log`], { encoding: 'utf8' }));
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const open = (port: number) => [`http_port 127.0.0.1:${port}`, 'http_access allow all'];

/** A helper that knows one user, as squid's helpers speak: `user password` in, `OK` or `ERR` out. */
const basic = (port: number) => [
  `http_port 127.0.0.1:${port}`,
  `auth_param basic program ${desk.write('helper', helper, 0o755)}`,
  'acl known proxy_auth REQUIRED',
  'http_access allow known',
  'http_access deny all',
];
const helper = `#!/bin/sh
while read -r user password; do
  if [ "$user $password" = 'bob s3cret/1' ]; then echo OK; else echo ERR; fi
done
`;

async function login(proxyUrl: string) {
  desk.env.HTTPS_PROXY = proxyUrl;
  const { document, code, stdout, stderr } = await desk.json('check', ...byFile);
  expect(`${stdout}${stderr}`).not.toMatch(/s3cret|hunter2/);
  const findings = (document.result?.findings ?? []) as readonly Found[];
  return { code, of: (id: string) => findings.find((each) => each.id === id) };
}

const byFile = ['--credentials', 'proto_credentials.json'];

interface Found {
  readonly id: string;
  readonly state: string;
  readonly found: string;
  readonly remedy: string;
}

describe('through squid', () => {
  it('ECR, the registry and its storage are reached', async () => {
    const { of } = await login(`http://${await proxy(open)}`);
    for (const id of ['ecr', 'registry', 'storage']) {
      expect(of(id), id).toMatchObject({ state: 'ok' });
    }
  });

  it('with a password that contains a slash, too; and without it says what is wanted', async () => {
    const authority = await proxy(basic);
    expect((await login(`http://bob:s3cret%2F1@${authority}`)).of('ecr')?.state).toBe('ok');
    const refused = (await login(`http://bob:hunter2@${authority}`)).of('ecr');
    expect(refused?.found).toBe(
      `The web proxy ${authority} requires a user name and password, or rejected the ones it got`,
    );
    expect(refused?.remedy).toMatch(/^Set HTTPS_PROXY=http:\/\/user:password@proxy:port/);
  });

  it('that wants Negotiate or NTLM says what helps, and not to set a password', async () => {
    const authority = await proxy((port) => [
      `http_port 127.0.0.1:${port}`,
      'auth_param negotiate program /bin/cat',
      'auth_param ntlm program /bin/cat',
      'acl known proxy_auth REQUIRED',
      'http_access allow known',
      'http_access deny all',
    ]);
    const refused = (await login(`http://${authority}`)).of('ecr');
    expect(refused?.found).toBe(
      `The web proxy ${authority} requires a login by Negotiate (Kerberos) and NTLM, which neither this program nor Docker can use`,
    );
    expect(refused?.remedy).toMatch(/exception.*cntlm/);
  });

  it('that lets ECR through and not the storage: a finding, which names the storage', async () => {
    registry.faults.add({
      kind: 'redirect',
      status: 307,
      location: `https://${storage}/x?X-Amz-Signature=hunter2`,
      match: { path: /blobs/ },
    });
    const authority = await proxy((port) => [
      `http_port 127.0.0.1:${port}`,
      `acl vendor dstdomain ${ecr} ${registryName}`,
      'http_access allow vendor',
      'http_access deny all',
    ]);
    const { of } = await login(`http://${authority}`);
    expect([of('ecr')?.state, of('registry')?.state]).toEqual(['ok', 'ok']);
    expect(of('storage')).toMatchObject({
      state: 'failed',
      found: `The web proxy ${authority} answered 403 for ${storage}`,
      remedy: `Have the proxy allow ${storage}, or add it to NO_PROXY.`,
    });
  });

  it('that cannot reach the host: squid says 503, and so do we', async () => {
    registry.faults.clear();
    const authority = await proxy(open);
    desk.env.AWS_ENDPOINT_URL_ECR = `https://${ecr}:1`;
    expect((await login(`http://${authority}`)).of('ecr')?.found).toBe(
      `The web proxy ${authority} answered 503 for ${ecr}:1`,
    );
  });
});

describe('a squid that speaks TLS', () => {
  const secure = (port: number) => {
    const files = ['cert', 'key'].map((name) => {
      const text = name === 'cert' ? certificates.cert : certificates.key;
      return `tls-${name}=${desk.write(`proxy.${name}`, text, 0o644)}`;
    });
    return [`https_port 127.0.0.1:${port} ${files.join(' ')}`, 'http_access allow all'];
  };

  it('is used by https://', async () => {
    expect((await login(`https://${await proxy(secure)}`)).of('ecr')?.state).toBe('ok');
  });

  it('whose issuer is not known names NODE_EXTRA_CA_CERTS', async () => {
    delete desk.env.NODE_EXTRA_CA_CERTS;
    const authority = await proxy(secure);
    const refused = (await login(`https://${authority}`)).of('ecr');
    expect(refused?.found).toBe(
      `Untrusted certificate for the web proxy ${authority}: this host does not know the issuer`,
    );
    expect(refused?.remedy).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('is not reached by http://, which says so', async () => {
    const authority = await proxy(secure);
    const refused = (await login(`http://${authority}`)).of('ecr');
    expect(refused?.found).toContain(`The web proxy ${authority} accepted a connection, but`);
    expect(refused?.remedy).toContain(`set HTTPS_PROXY=https://${authority}`);
  });

  it('and one that does not is not reached by https://', async () => {
    const authority = await proxy(open);
    const refused = (await login(`https://${authority}`)).of('ecr');
    expect(refused).toMatchObject({
      found: `The web proxy ${authority} does not speak TLS, which https:// in its address asks for`,
      remedy: `Set HTTPS_PROXY=http://${authority}.`,
    });
  });
});
