import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Certificates,
  type EmbeddedRegistry,
  makeCertificates,
  startProxy,
  startRegistry,
  type WebProxy,
} from './index.ts';

const ecrHost = 'api.ecr.ap-southeast-1.amazonaws.com';
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const started of open.splice(0)) await started.close();
});

async function secureRegistry(options = {}): Promise<[EmbeddedRegistry, Certificates]> {
  const certificates = await makeCertificates(options);
  const registry = await startRegistry({ tls: certificates });
  open.push(registry, { close: certificates.remove });
  return [registry, certificates];
}

async function proxyWith(options = {}): Promise<WebProxy> {
  const proxy = await startProxy(options);
  open.push(proxy);
  return proxy;
}

/** The status of GET, through a tunnel where a proxy is given. */
function statusOf(url: string, ca: string, proxyUrl?: string): Promise<number | undefined> {
  const agent = proxyUrl === undefined ? undefined : new HttpsProxyAgent(proxyUrl);
  return new Promise((resolve, reject) => {
    secureRequest(url, { ca, ...(agent && { agent }) }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('a certificate', () => {
  it('is good for 127.0.0.1 with its authority, and for no one without', async () => {
    const [registry, { ca }] = await secureRegistry();

    expect(await statusOf(`${registry.url}/v2/`, ca)).toBe(401);
    await expect(statusOf(`${registry.url}/v2/`, '')).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  it('can be out of date', async () => {
    const [registry, { ca }] = await secureRegistry({ expired: true });

    await expect(statusOf(`${registry.url}/v2/`, ca)).rejects.toMatchObject({
      code: 'CERT_HAS_EXPIRED',
    });
  });

  it('is good on ::1', async () => {
    const certificates = await makeCertificates();
    const registry = await startRegistry({ tls: certificates, host: '::1' });
    open.push(registry, { close: certificates.remove });

    expect(registry.url).toMatch(/^https:\/\/\[::1\]:\d+$/);
    expect(await statusOf(`${registry.url}/v2/`, certificates.ca)).toBe(401);
  });
});

describe('the web proxy', () => {
  it('tunnels to the registry and says what it was asked for', async () => {
    const [registry, { ca }] = await secureRegistry();
    const proxy = await proxyWith();

    expect(await statusOf(`${registry.url}/v2/`, ca, proxy.url)).toBe(401);
    expect(proxy.requests).toEqual([
      { method: 'CONNECT', target: registry.registryHost, refused: undefined },
    ]);
  });

  it("leads AWS's own name to the registry where a route says so", async () => {
    const [registry, { ca }] = await secureRegistry({ names: [ecrHost] });
    const proxy = await proxyWith({ routes: { [`${ecrHost}:443`]: registry.registryHost } });

    expect(await statusOf(`https://${ecrHost}/v2/`, ca, proxy.url)).toBe(401);
  });

  it('wants its password', async () => {
    const [registry, { ca }] = await secureRegistry();
    const proxy = await proxyWith({ login: 'bank:s3cret' });
    const withLogin = proxy.url.replace('//', '//bank:s3cret@');

    expect(await statusOf(`${registry.url}/v2/`, ca, proxy.url)).toBe(407);
    expect(await statusOf(`${registry.url}/v2/`, ca, withLogin)).toBe(401);
    expect(proxy.requests.map(({ refused }) => refused)).toEqual([407, undefined]);
  });

  it('leads nowhere but to this machine', async () => {
    const proxy = await proxyWith();

    expect(await statusOf(`https://${ecrHost}/`, '', proxy.url)).toBe(403);
    expect(proxy.requests).toEqual([{ method: 'CONNECT', target: `${ecrHost}:443`, refused: 403 }]);
  });

  it('answers 502 where no one listens', async () => {
    const proxy = await proxyWith();

    expect(await statusOf('https://127.0.0.1:1/', '', proxy.url)).toBe(502);
  });

  it('passes on a plain request in absolute form, without its own password', async () => {
    const registry = await startRegistry();
    open.push(registry);
    const proxy = await proxyWith({ login: 'bank:s3cret' });
    const headers = { 'proxy-authorization': `Basic ${btoa('bank:s3cret')}` };
    const status = await new Promise((resolve, reject) => {
      const { hostname, port } = new URL(proxy.url);
      request({ hostname, port, path: `${registry.url}/v2/`, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });

    expect(status).toBe(401);
    expect(proxy.requests).toEqual([
      { method: 'GET', target: `${registry.url}/v2/`, refused: undefined },
    ]);
    expect(registry.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
  });
});
