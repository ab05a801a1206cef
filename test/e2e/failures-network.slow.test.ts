import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mustFail, type Told } from '../support/failures.ts';
import { Desk } from '../support/program.ts';
import {
  type Certificates,
  type EmbeddedRegistry,
  makeCertificates,
  startProxy,
  startRegistry,
} from '../support/registry/index.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** Begun before all others: it does nothing but wait. */
let unanswered: Promise<unknown>;
beforeAll(() => {
  unanswered = askWhoNeverAnswers();
  // Whoever awaits it is reported.
  unanswered.catch(() => undefined);
});

async function askWhoNeverAnswers(): Promise<void> {
  const registry = await startRegistry();
  registry.faults.add({ kind: 'stall', match: {} });
  const desk = new Desk(registry);
  desk.credentials();
  const each = /^127\.0\.0\.1:\d+ accepted the request, but did not answer within 20 s\.$/;
  try {
    await mustFail(desk, ['init'], told('NETWORK_TIMEOUT', each, /PROTO_SCAFFOLD_TIMEOUT/));
  } finally {
    desk.remove();
    await registry.close();
  }
}

function newDesk(registry?: EmbeddedRegistry, env: Record<string, string> = {}): Desk {
  const desk = new Desk(registry, env);
  desk.credentials();
  open.push({ close: () => desk.remove() });
  return desk;
}

/**
 * Says of every name that there is none, as the name server of the network that `npm run test:slow` makes. Who may not be it has the
 * machine's own.
 */
let nameServer: Socket;
beforeAll(async () => {
  nameServer = createSocket('udp4', (query, { port, address }) => {
    const answer = Buffer.from(query);
    answer.writeUInt16BE(0x8183, 2); // RFC 1035, 4.1.1: an answer, and NXDOMAIN
    nameServer.send(answer, port, address);
  });
  nameServer.bind(53, '127.0.0.1');
  await Promise.race([once(nameServer, 'listening'), once(nameServer, 'error')]).catch(() => {});
});
afterAll(() => void nameServer.close());

const told = (code: Told['code'], message: RegExp, hint: RegExp): Told => ({
  code,
  exitCode: 4,
  message,
  hint,
});

describe('an endpoint', () => {
  it.each<[string, string, Told]>([
    [
      'of a name that no one knows',
      'http://nonexistent.invalid',
      told(
        'NETWORK_DNS',
        /nonexistent\.invalid/,
        /resolvectl query nonexistent\.invalid.*HTTPS_PROXY/,
      ),
    ],
    [
      'where no one listens',
      'http://127.0.0.1:1',
      told(
        'NETWORK_UNREACHABLE',
        /^127\.0\.0\.1:1 refused the connection\.$/,
        /AWS_ENDPOINT_URL_ECR\. Check it.* firewall/,
      ),
    ],
    [
      'that is not an address',
      'ecr.example',
      {
        ...told(
          'USAGE',
          /AWS_ENDPOINT_URL_ECR is not an http or https URL/,
          /Correct AWS_ENDPOINT_URL_ECR/,
        ),
        exitCode: 2,
      },
    ],
  ])('%s is reported as that', async (_what, endpoint, expected) => {
    const desk = newDesk(undefined, { AWS_ENDPOINT_URL_ECR: endpoint });
    await mustFail(desk, ['init'], expected);
  });

  it('is AWS_ENDPOINT_URL, too', async () => {
    const desk = newDesk(undefined, { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    await mustFail(
      desk,
      ['init'],
      told('NETWORK_UNREACHABLE', /127\.0\.0\.1:1/, /AWS_ENDPOINT_URL\. Check it/),
    );
  });
});

async function overTls(options: Parameters<typeof makeCertificates>[0] = {}) {
  const certificates: Certificates = await makeCertificates(options);
  const registry = await startRegistry({ tls: certificates });
  await registry.seedRelease();
  open.push(registry, { close: certificates.remove });
  return { certificates, registry };
}

describe('TLS', () => {
  it('by an authority that this host does not know is refused, and taken with NODE_EXTRA_CA_CERTS', async () => {
    const { certificates, registry } = await overTls();
    const desk = newDesk(registry);
    await mustFail(
      desk,
      ['init'],
      told(
        'NETWORK_TLS',
        /^Untrusted certificate for 127\.0\.0\.1:\d+/,
        /set NODE_EXTRA_CA_CERTS to its CA certificate/,
      ),
    );
    desk.env.NODE_EXTRA_CA_CERTS = certificates.caFile;
    const { code, stderr } = await desk.run('init');
    expect(code, stderr).toBe(0);
  });

  it('by a certificate out of date is refused, with a word on the date', async () => {
    const { certificates, registry } = await overTls({ expired: true });
    const desk = newDesk(registry, { NODE_EXTRA_CA_CERTS: certificates.caFile });
    await mustFail(
      desk,
      ['init'],
      told('NETWORK_TLS', /^The certificate of 127\.0\.0\.1:\d+ has expired\.$/, /timedatectl/),
    );
  });

  it('spoken to a host that does not speak it is reported as that', async () => {
    const registry = await startRegistry();
    open.push(registry);
    const desk = newDesk(undefined, { AWS_ENDPOINT_URL_ECR: `https://${registry.registryHost}` });
    await mustFail(desk, ['init'], told('NETWORK_TLS', /does not speak TLS/, /wrong port/));
  });
});

const ecrHost = 'api.ecr.ap-southeast-1.amazonaws.com';

/** ECR under its own name, which only the proxy can reach; the registry it names is on the loopback. */
async function behindProxy(login?: string) {
  const { certificates, registry } = await overTls({ names: [ecrHost] });
  const routes = { [`${ecrHost}:443`]: registry.registryHost };
  const proxy = await startProxy({ routes, ...(login && { login }) });
  open.push(proxy);
  const desk = newDesk(undefined, { NODE_EXTRA_CA_CERTS: certificates.caFile });
  return { desk, proxy, registry };
}

describe('a web proxy', () => {
  it('is used for ECR, and not for this host', async () => {
    const { desk, proxy } = await behindProxy();
    desk.env.HTTPS_PROXY = proxy.url;
    const { code, stderr } = await desk.run('init');
    expect(code, stderr).toBe(0);
    expect(proxy.requests.map(({ target }) => target)).toEqual([`${ecrHost}:443`]);
  });

  it('gets its password, which is printed nowhere', async () => {
    const { desk, proxy } = await behindProxy('bank:canary-e1%2F');
    desk.env.https_proxy = proxy.url.replace('//', '//bank:canary-e1%252F@');
    const { code, stdout, stderr } = await desk.run('init', '--verbose');
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).not.toContain('canary-e1');
  });

  it.each([
    [
      'that wants a password',
      'bank:secret',
      (url: string) => url,
      told(
        'NETWORK_PROXY',
        /requires a user name and password/,
        /HTTPS_PROXY=http:\/\/user:password@proxy:port/,
      ),
    ],
    [
      'that wants another password',
      'bank:secret',
      (url: string) => url.replace('//', '//bank:canary-e2@'),
      told('NETWORK_PROXY', /or rejected the ones it got/, /%XX/),
    ],
    [
      'that does not let ECR through',
      undefined,
      (url: string) => url,
      told('NETWORK_PROXY', /answered 403 for api\.ecr\.eu-west-1\.amazonaws\.com/, /NO_PROXY/),
    ],
    [
      'where no one listens',
      undefined,
      () => 'http://127.0.0.1:1',
      told(
        'NETWORK_PROXY',
        /Cannot reach the web proxy 127\.0\.0\.1:1 \(ECONNREFUSED\)/,
        /HTTPS_PROXY/,
      ),
    ],
    [
      'that is not an address',
      undefined,
      () => 'http://[bank',
      told(
        'NETWORK_PROXY',
        /HTTPS_PROXY is not a valid web proxy address/,
        /http:\/\/user:password@proxy:port/,
      ),
    ],
    [
      'of an unknown type',
      undefined,
      () => 'socks5://127.0.0.1:1',
      told('NETWORK_PROXY', /an unsupported proxy type: socks5/, /Only http and https proxies/),
    ],
  ] as const)('%s is reported as that', async (what, login, address, expected) => {
    const { desk, proxy } = await behindProxy(login);
    if (what === 'that does not let ECR through')
      desk.credentials({ aws: { region: 'eu-west-1' } });
    desk.env.HTTPS_PROXY = address(proxy.url);
    const document = await mustFail(desk, ['init', '--verbose'], expected);
    expect(JSON.stringify(document)).not.toContain('canary-e2');
  });
});

describe('a service that never answers', () => {
  it('is given up after three tries, each within its limit', () => unanswered);
});
