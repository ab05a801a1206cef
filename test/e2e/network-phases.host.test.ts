import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inLostNetwork, type Script, stillRuns, type Talk, talk } from '../support/phases.ts';
import { commandLine, Desk } from '../support/program.ts';

/** In each phase of a request the program says what it waits for, and Ctrl-C ends it at once. */

let desk: Desk;
let server: Talk | undefined;

beforeEach(() => {
  desk = new Desk();
  desk.credentials();
});
afterEach(() => {
  server?.close();
  server = undefined;
  desk.remove();
});

async function against(script: Script, env: (authority: string) => Record<string, string>) {
  server = await talk(script);
  Object.assign(desk.env, env(server.authority));
  return server.reached;
}

const plain = (authority: string) => ({ AWS_ENDPOINT_URL_ECR: `http://${authority}` });
const tls = (authority: string) => ({ AWS_ENDPOINT_URL_ECR: `https://${authority}` });
const proxied = (authority: string) => ({ HTTPS_PROXY: `http://${authority}` });
const proxiedTls = (authority: string) => ({ HTTPS_PROXY: `https://${authority}` });
const lostServer = { AWS_ENDPOINT_URL_ECR: 'https://10.99.0.2' };

/** Goes to the phase, and resolves once it is reached. */
const phases: [what: string, reach: () => Promise<unknown>][] = [
  [
    'a name server that does not answer',
    async () => {
      desk.through = inLostNetwork(desk.write('resolv.conf', deadServers));
      await sleep(1500);
    },
  ],
  [
    'a host that accepts no connection',
    async () => {
      desk.through = inLostNetwork(desk.write('resolv.conf', ''));
      Object.assign(desk.env, lostServer);
      await sleep(1500);
    },
  ],
  ['a TLS handshake', () => against('tls', tls)],
  ['an answer', () => against('head', plain)],
  ['a body', () => against('body', plain)],
  ['the pause before another try', () => against('later', plain)],
  ['a proxy that opens no tunnel', () => against('head', proxied)],
  ["a proxy's TLS handshake", () => against('tls', proxiedTls)],
];

const deadServers = 'nameserver 10.99.0.53\nnameserver 10.99.0.54\n';

describe('Ctrl-C while waiting for', () => {
  it.each(phases)('%s ends the program, and everything that it started', async (_, reach) => {
    const ready = reach();
    await Promise.race([ready, sleep(1)]);
    const child = start('login');
    await Promise.all([ready, sleep(1000)]);
    expect(child.exitCode).toBe(null);
    const since = performance.now();
    process.kill(-(child.pid as number), 'SIGINT');
    const [code] = await once(child, 'exit');
    // A second at a desk. No phase ends so soon by itself.
    expect(performance.now() - since).toBeLessThan(3000);
    expect(code).toBe(130);
    expect(stillRuns(desk.folder)).toBe(false);
    expect(readdirSync(desk.path('.tmp'))).toEqual([]);
  });
});

interface Found {
  readonly id: string;
  readonly found: string;
  readonly remedy: string;
}

function findingOf(findings: unknown, id: string): Found | undefined {
  return (findings as readonly Found[]).find((each) => each.id === id);
}

/** In a process group of its own, as a shell does it. */
function start(...args: string[]): ChildProcess {
  const [program = '', ...rest] = [...desk.through, ...commandLine, ...args];
  const { env, folder: cwd } = desk;
  return spawn(program, rest, { cwd, env, detached: true, stdio: 'ignore' });
}

describe('what takes too long says which phase it was:', () => {
  const failed = async () => {
    const { document, code } = await desk.json('login');
    return [document.error?.code, document.error?.message, document.error?.hint, code];
  };

  it('name servers that do not answer', async () => {
    desk.through = inLostNetwork(desk.write('resolv.conf', deadServers));
    const [code, message, hint, exit] = await failed();
    expect([code, exit]).toEqual(['NETWORK_DNS', 4]);
    expect(message).toMatch(
      /^DNS on this host did not answer the query for api\.ecr\.ap-southeast-1\.amazonaws\.com within 12 s\. Name servers of this host: 10\.99\.0\.53 and 10\.99\.0\.54\.$/,
    );
    expect(hint).toContain('port 53');
  });

  it('name servers that do not answer, within the limits of check', async () => {
    desk.through = inLostNetwork(desk.write('resolv.conf', deadServers));
    const { document } = await desk.json('check', '--credentials', 'proto_credentials.json');
    const ecr = findingOf(document.result?.findings, 'ecr');
    expect(ecr?.found).toMatch(/^DNS on this host did not answer .* within 4 s/);
    expect(ecr?.remedy).toContain('port 53');
  });

  it('a host that accepts no connection', async () => {
    desk.through = inLostNetwork(desk.write('resolv.conf', ''));
    Object.assign(desk.env, lostServer);
    const { document } = await desk.json('check', '--credentials', 'proto_credentials.json');
    expect(findingOf(document.result?.findings, 'ecr')?.found).toBe(
      '10.99.0.2 did not accept a connection within 4 s',
    );
  });

  it.each([
    ['an answer', 'head', /accepted the request, but did not answer within 1 s\.$/],
    ['a body', 'body', /sent no data for 1 s\.$/],
  ] as const)('%s, by the setting for it', async (_, script, says) => {
    void against(script, plain);
    await sleep(50);
    desk.env.PROTO_SCAFFOLD_TIMEOUT = '1';
    const [code, message, , exit] = await failed();
    expect([code, exit]).toEqual(['NETWORK_TIMEOUT', 4]);
    expect(message).toMatch(says);
    expect(server?.connections()).toBe(3);
  });

  it.each(['0', '3601', '1.5', 'soon', '-1'])('%s is not a setting', async (value) => {
    desk.env.PROTO_SCAFFOLD_TIMEOUT = value;
    const [code, message, , exit] = await failed();
    expect([code, exit]).toEqual(['USAGE', 2]);
    expect(message).toContain('PROTO_SCAFFOLD_TIMEOUT');
  });
});
