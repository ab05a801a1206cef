import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import {
  type Certificates,
  type EmbeddedRegistry,
  makeCertificates,
  startProxy,
  startRegistry,
  type WebProxy,
} from '../support/registry/index.ts';

/**
 * `check --online` against servers of the services' own names, reached through a web proxy with TLS of an authority
 * of the house. They answer as the services document it:
 * https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions,
 * https://platform.openai.com/docs/api-reference/models/list and
 * https://learn.microsoft.com/en-us/rest/api/azureopenai/models/list
 */

const azureHost = 'example-bank.openai.azure.com';
const keys = { sendgrid: 'SG.canary-key', openai: 'sk-canary-key', azure: 'canary0123456789' };

let registry: EmbeddedRegistry;
let certificates: Certificates;
let server: Server;
let proxy: WebProxy;
let desk: Desk;
let asked: string[];
let scopes: string[];

const services: Record<string, (url: string, headers: NodeJS.Dict<string | string[]>) => object> = {
  'api.sendgrid.com': (url, { authorization }) =>
    url !== '/v3/scopes'
      ? { status: 404 }
      : authorization === `Bearer ${keys.sendgrid}`
        ? { status: 200, body: { scopes } }
        : { status: 401, body: { errors: [{ message: 'authorization required' }] } },
  'api.openai.com': (url, { authorization }) =>
    url !== '/v1/models'
      ? { status: 404 }
      : authorization === `Bearer ${keys.openai}`
        ? { status: 200, body: { object: 'list', data: [] } }
        : { status: 401, body: { error: { code: 'invalid_api_key' } } },
  [azureHost]: (url, headers) =>
    url !== '/openai/models?api-version=2024-10-21'
      ? { status: 404, body: { error: { code: '404', message: 'Resource not found' } } }
      : headers['api-key'] === keys.azure
        ? { status: 200, body: { object: 'list', data: [] } }
        : { status: 401, body: { error: { code: '401' } } },
};

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
  certificates = await makeCertificates({ names: Object.keys(services) });
  server = createServer({ key: certificates.key, cert: certificates.cert }, (request, response) => {
    const { host = '' } = request.headers;
    asked.push(`${request.method} ${host}${request.url}`);
    const service = services[host];
    if (service === undefined) throw new Error(`no one knows ${host}`);
    const answer = service(request.url ?? '', request.headers) as { status: number; body?: object };
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const routes = Object.fromEntries(Object.keys(services).map((name) => [`${name}:443`, address]));
  proxy = await startProxy({ routes });
  desk = new Desk(registry, {
    HTTPS_PROXY: proxy.url,
    NODE_EXTRA_CA_CERTS: certificates.caFile,
  });
  desk.credentials();
  desk.putDockerStandInOnPath();
  const values = desk.write('values.json', {
    sendgrid_api_key: keys.sendgrid,
    desired_email_from: 'example-bank.com',
    sendgrid_inbound_url_key_param: 'canary-inbound',
    openai_api_key: keys.openai,
    azure_openai_endpoint: `https://${azureHost}/`,
    azure_openai_deployment: 'gpt-4o',
    azure_openai_api_key: keys.azure,
  });
  const made = await desk.run('init', '--url', 'chat.example-bank.com', '--values', values);
  expect(made.code, made.stderr).toBe(0);
}, 60_000);
afterAll(async () => {
  desk.remove();
  await proxy.close();
  server.close();
  await certificates.remove();
  await registry.close();
});
beforeEach(() => {
  asked = [];
  scopes = ['mail.send', 'user.profile.read'];
});

const files = ['platform', 'chatbot'].map((name) => `proto/backend/config/${name}.toml`);
function replace(from: string, to: string): void {
  for (const file of files) {
    const text = readFileSync(desk.path(file), 'utf8');
    writeFileSync(desk.path(file), text.replaceAll(from, to));
  }
}

async function online(...args: string[]) {
  const { document, stdout, stderr } = await desk.json('check', '--online', '-v', ...args);
  expect(stdout + stderr).not.toContain('canary');
  const found = (id: string) =>
    document.result.findings.find((finding: { id: string }) => finding.id === id);
  return { found, document };
}

describe('check --online', () => {
  it('tries each key with one request, through the web proxy', async () => {
    const { found } = await online();
    expect(found('sendgrid-key')).toMatchObject({ state: 'ok', found: 'SendGrid accepts the key' });
    expect(found('openai-key')).toMatchObject({ state: 'ok', found: 'OpenAI accepts the key' });
    expect(found('azure-openai-key')).toMatchObject({ state: 'not applicable' });
    expect(asked.sort()).toEqual([
      'GET api.openai.com/v1/models',
      'GET api.sendgrid.com/v3/scopes',
    ]);
  });

  it('is what hands keys to anybody: without it no one is asked', async () => {
    await desk.json('check');
    expect(asked).toEqual([]);
  });

  it('is meant with a profile, too', async () => {
    const { found } = await online('--profile', 'start');
    expect(found('sendgrid-key')).toMatchObject({ state: 'ok' });
  });

  it('tells a wrong key from one that may not send mail', async () => {
    scopes = ['user.profile.read'];
    const weak = await online();
    expect(weak.found('sendgrid-key')).toMatchObject({
      state: 'failed',
      severity: 'requirement',
      found: 'The key does not have permission to send mail (scope mail.send)',
    });
    replace(keys.sendgrid, 'SG.canary-other');
    replace(keys.openai, 'sk-canary-other');
    const wrong = await online();
    replace('SG.canary-other', keys.sendgrid);
    replace('sk-canary-other', keys.openai);
    expect(wrong.document.result.passed).toBe(false);
    for (const id of ['sendgrid-key', 'openai-key']) {
      expect(wrong.found(id)).toMatchObject({
        state: 'failed',
        found: expect.stringMatching(/rejected the key \(401\)$/),
      });
    }
  });

  it('asks Azure OpenAI where that is chosen, at the operator’s endpoint', async () => {
    replace('provider = "openai"', 'provider = "azure"');
    const { found } = await online();
    expect(found('openai-key')).toMatchObject({ state: 'not applicable' });
    expect(found('azure-openai-key')).toMatchObject({ state: 'ok' });
    expect(asked).toContain(`GET ${azureHost}/openai/models?api-version=2024-10-21`);

    replace('api_version = "2024-10-21"', 'api_version = "1999-01-01"');
    expect((await online()).found('azure-openai-key')).toMatchObject({
      state: 'failed',
      remedy: 'Check azure_openai.endpoint and azure_openai.api_version.',
    });
    replace('api_version = "1999-01-01"', 'api_version = "2024-10-21"');

    replace(`https://${azureHost}`, 'http://azure.example');
    expect((await online()).found('azure-openai-key')).toMatchObject({
      state: 'unknown',
      found: 'http://azure.example does not use HTTPS, so the key was not sent',
    });
    replace('http://azure.example', `https://${azureHost}`);
    replace('provider = "azure"', 'provider = "openai"');
  });

  it('says where a key could not be tried', async () => {
    desk.env.HTTPS_PROXY = 'http://127.0.0.1:9';
    const { found } = await online();
    desk.env.HTTPS_PROXY = proxy.url;
    expect(found('sendgrid-key')).toMatchObject({
      state: 'unknown',
      found: expect.stringMatching(/proxy/),
    });
  });
});

describe('the certificate of the site', () => {
  const site = (name: string) =>
    `server {\n  listen 443 ssl;\n  server_name ${name};\n  ssl_certificate ${certificates.certFile};\n  ssl_certificate_key ${certificates.keyFile};\n}\n`;
  const write = (text: string) => {
    mkdirSync(desk.path('proto/nginx'), { recursive: true });
    writeFileSync(desk.path('proto/nginx/proto.conf'), text);
  };

  it('is held against host name, key and time', async () => {
    write(site('other.example-bank.com'));
    const { found } = await online();
    expect(found('nginx-site')).toMatchObject({ state: 'failed' });
    expect(found('certificate')).toMatchObject({
      state: 'failed',
      found: 'The certificate is not for chat.example-bank.com',
    });

    const old = await makeCertificates({ names: ['chat.example-bank.com'], expired: true });
    const text = site('chat.example-bank.com').replace(certificates.certFile, old.certFile);
    write(text);
    const mixed = await online();
    expect(mixed.found('nginx-site')).toMatchObject({ state: 'ok' });
    expect(mixed.found('certificate').found).toBe('The key does not match the certificate');

    const own = text.replace(certificates.keyFile, old.keyFile);
    write(own);
    expect((await online()).found('certificate').found).toMatch(
      /^The certificate expired \d+ days ago$/,
    );

    write(own.replace(old.certFile, '/nowhere.pem'));
    expect((await online()).found('certificate').found).toBe(
      'The certificate /nowhere.pem does not exist',
    );
    await old.remove();
  });
});
