import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canaryKey, leaksIn } from '../support/canaries.ts';
import { Desk, program } from '../support/program.ts';
import { type EmbeddedRegistry, exampleKey, startRegistry } from '../support/registry/index.ts';

// The protocol of docker-credential-helpers (its README, "Development").

const secretKey = canaryKey('aws');
let registry: EmbeddedRegistry;
let desk: Desk;

beforeEach(async () => {
  registry = await startRegistry({ keys: [{ ...exampleKey, secretAccessKey: secretKey }] });
  desk = new Desk(registry);
  const credentials = desk.credentials({ aws: { secret_access_key: secretKey } });
  mkdirSync(desk.path('.config/proto-scaffold'), { recursive: true });
  state({ [registry.registryHost]: { credentials } });
  symlinkSync(program, desk.path('docker-credential-proto-scaffold'));
});
afterEach(async () => {
  desk.remove();
  await registry.close();
});

const state = (registries: object | string) =>
  desk.write(
    '.config/proto-scaffold/registries.json',
    typeof registries === 'string' ? registries : { formatVersion: 1, registries },
  );

/** As docker calls it: from any folder, the server on stdin. */
const helper = (args: string[], input = '') =>
  execa(desk.path('docker-credential-proto-scaffold'), args, {
    input,
    env: desk.env,
    extendEnv: false,
    cwd: '/',
    reject: false,
    stripFinalNewline: false,
  });

describe('get', () => {
  it.each([
    ['host', (host: string) => host],
    ['host and a line end', (host: string) => `${host}\n`],
    ['address', (host: string) => `http://${host}`],
    ['address of the API', (host: string) => `https://${host}/v2/`],
  ])(
    'answers a known %s with a login that opens the registry, and nothing else',
    async (_what, server) => {
      const { exitCode, stdout, stderr } = await helper(['get'], server(registry.registryHost));
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout.split('\n')).toHaveLength(2);
      const login = JSON.parse(stdout);
      expect(login).toEqual({
        ServerURL: registry.registryHost,
        Username: 'AWS',
        Secret: expect.stringMatching(/^\S{2000,}$/),
      });
      const authorization = `Basic ${Buffer.from(`AWS:${login.Secret}`).toString('base64')}`;
      expect((await fetch(`${registry.url}/v2/`, { headers: { authorization } })).status).toBe(200);
    },
  );

  it.each(['ghcr.io', '', 'constructor', '__proto__', 'https://index.docker.io/v1/'])(
    "answers %j, which it does not know, with Docker's own words",
    async (server) => {
      const { exitCode, stdout, stderr } = await helper(['get'], server);
      expect(exitCode).not.toBe(0);
      expect(stdout.trim()).toBe('credentials not found in native keychain');
      expect(stderr).toBe('');
      expect(registry.requests).toEqual([]);
    },
  );

  it('knows nothing before it was told anything', async () => {
    desk.env.XDG_CONFIG_HOME = desk.path('nowhere');
    const { stdout } = await helper(['get'], registry.registryHost);
    expect(stdout.trim()).toBe('credentials not found in native keychain');
  });

  const failures: [string, () => unknown, number, RegExp][] = [
    ['AWS refuses the key', () => desk.credentials(), 4, /secret_access_key does not match it/],
    [
      'AWS cannot be reached',
      () => Object.assign(desk.env, { AWS_ENDPOINT_URL_ECR: 'http://127.0.0.1:1' }),
      4,
      /127\.0\.0\.1:1 refused the connection/,
    ],
    [
      'AWS answers nonsense',
      () => registry.faults.add({ kind: 'html', match: {} }),
      4,
      /is not AWS/,
    ],
    [
      'the credentials file is gone',
      () => state({ [registry.registryHost]: { credentials: '/nowhere/c.json' } }),
      2,
      /Credentials file not found: \/nowhere\/c\.json/,
    ],
    [
      'the credentials file is damaged',
      () => desk.write('proto_credentials.json', '{'),
      2,
      /proto_credentials\.json:1:2: is not valid JSON: missing closing \}/,
    ],
    [
      'its own list is damaged',
      () => state('{'),
      3,
      /registries\.json is damaged\. Remove the file/,
    ],
    [
      'its own list is of a newer version',
      () => state('{"formatVersion": 2, "registries": {}}'),
      3,
      /registries\.json was written by a newer version of proto-scaffold.* Get a newer proto-scaffold/,
    ],
  ];

  it('hands out no token of one registry for another', async () => {
    const other = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
    state({ [other]: { credentials: desk.path('proto_credentials.json') } });
    const { exitCode, stdout, stderr } = await helper(['get'], other);
    expect(exitCode).toBe(4);
    expect(stdout).toContain(`are for ${registry.registryHost}, but Docker asks for ${other}.`);
    expect(stdout).not.toContain('Secret');
    expect(stderr).toContain('[AWS_ACCOUNT_MISMATCH]');
  });

  it.each(failures)(
    'where %s says so in one line on stdout, and to people on stderr',
    async (_what, set, code, message) => {
      set();
      const { exitCode, stdout, stderr } = await helper(['get'], registry.registryHost);
      expect(exitCode).toBe(code);
      expect(stdout).toMatch(/^[^\n]+\n$/);
      expect(stdout).toMatch(message);
      expect(stderr).toMatch(/^error: .+ \[[A-Z_]+\]\n/);
      expect(stderr).not.toMatch(/^ +at /m);
      expect(leaksIn(stdout + stderr, [secretKey])).toEqual([]);
    },
  );

  it('warns of credentials that others can read on stderr alone', async () => {
    chmodSync(desk.path('proto_credentials.json'), 0o644);
    const { exitCode, stdout, stderr } = await helper(['get'], registry.registryHost);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty('Secret');
    expect(stderr).toMatch(/^note: Other users can read .*proto_credentials\.json/);
  });
});

describe('the other calls', () => {
  it.each(['store', 'erase'])('%s takes its input and does nothing', async (verb) => {
    const before = desk.tree();
    const { exitCode, stdout, stderr } = await helper([verb], '{"ServerURL":"x","Secret":"y"}');
    expect([exitCode, stdout, stderr]).toEqual([0, '', '']);
    expect(desk.tree()).toEqual(before);
    expect(registry.requests).toEqual([]);
  });

  it('list names no login, as none is stored', async () => {
    const { exitCode, stdout } = await helper(['list']);
    expect([exitCode, stdout]).toEqual([0, '{}\n']);
  });

  it.each([[[]], [['bogus']], [['--help']], [['init']]])(
    '%j explains whose program it is',
    async (args) => {
      const { exitCode, stdout } = await helper(args);
      expect(exitCode).toBe(2);
      expect(stdout).toBe('Docker calls this program with get, store, erase or list.\n');
    },
  );
});
