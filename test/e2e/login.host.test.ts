import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mustFail } from '../support/failures.ts';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

let registry: EmbeddedRegistry;
let desk: Desk;

beforeEach(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
  desk = new Desk(registry);
  desk.credentials();
});
afterEach(async () => {
  desk.remove();
  await registry.close();
});

/** The status of a pull with what docker has stored. */
async function pullStatus(): Promise<number> {
  const { auths } = JSON.parse(readFileSync(desk.path('.docker/config.json'), 'utf8'));
  const headers = { authorization: `Basic ${auths[registry.registryHost].auth}` };
  return (await fetch(`${registry.url}/v2/proto/platform/manifests/stable`, { headers })).status;
}

describe('login', () => {
  it('logs docker in, and says until when', async () => {
    const { code, stdout, stderr } = await desk.run('login');
    expect([code, stderr]).toEqual([0, 'Requesting a token from ECR in ap-southeast-1\n']);
    const [, registryHost, day, time, zone] =
      /^Docker is logged in to (\S+) until (\S+) (\S+) \((\S+)\)\.\n$/.exec(stdout) ?? [];
    expect(registryHost).toBe(registry.registryHost);
    const until = Date.parse(`${day}T${time}:00${zone}`);
    expect(until - Date.now()).toBeGreaterThan(11 * 3600 * 1000);
    expect(await pullStatus()).toBe(200);
  });

  it('is one document with --json', async () => {
    const { document, code } = await desk.json('login');
    expect(code).toBe(0);
    expect(document).toEqual({
      formatVersion: 1,
      command: 'login',
      ok: true,
      result: {
        registry: registry.registryHost,
        helper: false,
        expiresAt: expect.stringMatching(/^20\d\d-.*Z$/),
      },
      notices: [],
    });
  });

  it('asks nothing of the registry but the login, and writes nothing here', async () => {
    const before = desk.tree();
    await desk.run('login');
    expect(desk.tree()).toEqual(before);
    const paths = registry.requests.map(({ role, path }) => `${role} ${path}`);
    expect(new Set(paths)).toEqual(new Set(['ecr /', 'registry /v2/']));
  });

  it('opens the registry again once the token has expired', async () => {
    await desk.run('init');
    registry.setClockOffset(13 * 3600 * 1000);
    expect(await pullStatus()).toBe(403);
    expect((await desk.run('login')).code).toBe(0);
    expect(await pullStatus()).toBe(200);
  });

  it.each(['proto', 'proto/backend'])(
    'finds the credentials beside the installation from within %s',
    async (folder) => {
      expect((await desk.run('init')).code).toBe(0);
      const { code, stderr } = await desk.runIn(desk.path(folder), 'login');
      expect(code, stderr).toBe(0);
    },
  );

  it('needs the credentials file, and says where it looked', async () => {
    await mustFail(desk, ['login', '--credentials', 'other.json'], {
      code: 'CREDENTIALS_NOT_FOUND',
      exitCode: 2,
      message: /^Credentials file not found: \/.*\/other\.json\.$/,
      hint: /--credentials FILE/,
    });
  });

  it('refuses credentials with faults as init does', async () => {
    desk.credentials({ aws: { account_id: '1' } });
    const { error } = await mustFail(desk, ['login'], {
      code: 'CREDENTIALS_INVALID',
      exitCode: 2,
      message: /proto_credentials\.json is invalid/,
      hint: /Correct the reported lines/,
    });
    expect(error.faults).toEqual([
      {
        file: 'proto_credentials.json',
        line: 6,
        column: 5,
        key: 'aws.account_id',
        message: 'must be the 12 digits of an AWS account',
      },
    ]);
  });
});
