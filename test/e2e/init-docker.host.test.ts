import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  desk.credentials();
  mkdirSync(desk.path('.docker'));
});
afterEach(() => desk.remove());

const config = (content: string | object) => desk.write('.docker/config.json', content);
/** As the helper of AWS answers `store`: its logins need none. */
const ecrLogin = 'cat >/dev/null; echo not implemented; exit 1';

const failures: [string, () => void, string, RegExp, RegExp][] = [
  [
    'there is no docker command',
    () => {
      desk.env.PATH = desk.path('.bin');
    },
    'DOCKER_NOT_FOUND',
    /^The docker command was not found on the PATH\.$/,
    /^Install Docker Engine 24\.0\.0 or later with its CLI/,
  ],
  [
    'the docker command may not be run',
    () => {
      chmodSync(desk.putOnPath('docker', ''), 0o644);
      desk.env.PATH = desk.path('.bin');
    },
    'PROGRAM_NOT_FOUND',
    /^You do not have permission to run docker\.$/,
    /Install the program/,
  ],
  [
    'the docker command is killed',
    () => desk.putOnPath('docker', 'kill -9 $$'),
    'PROGRAM_KILLED',
    /^docker was terminated by SIGKILL\.$/,
    /memory/,
  ],
  [
    'docker says what no one knows',
    () => desk.putOnPath('docker', 'cat >/dev/null; echo "strange things" >&2; exit 125'),
    'DOCKER_FAILED',
    /^Docker failed with: strange things$/,
    /^See the output of docker above/,
  ],
  [
    'docker fails without a word',
    () => desk.putOnPath('docker', 'cat >/dev/null; exit 7'),
    'DOCKER_FAILED',
    /^Docker failed without giving a reason\.$/,
    /Run the docker command yourself/,
  ],
  [
    'ecr-login is the helper for this registry',
    () => {
      desk.putOnPath('docker-credential-ecr-login', ecrLogin);
      config({ credHelpers: { [registry.registryHost]: 'ecr-login' } });
    },
    'DOCKER_HELPER_IN_THE_WAY',
    /specifies a credential helper for 127\.0\.0\.1:\d+ that cannot store a login/,
    /^Replace it with `proto-scaffold login --helper`/,
  ],
  [
    'ecr-login is the helper for all registries',
    () => {
      desk.putOnPath('docker-credential-ecr-login', ecrLogin);
      config({ credsStore: 'ecr-login' });
    },
    'DOCKER_HELPER_IN_THE_WAY',
    /that cannot store a login/,
    /credsStore/,
  ],
  [
    'the helper is not installed',
    () => config({ credsStore: 'nowhere' }),
    'DOCKER_HELPER_IN_THE_WAY',
    /specifies a credential helper that is not installed/,
    /Install the helper, or remove it/,
  ],
  [
    'the helper needs a desktop',
    () => {
      const says = 'Cannot autolaunch D-Bus without X11 $DISPLAY';
      desk.putOnPath('docker-credential-secretservice', `cat >/dev/null; echo '${says}'; exit 1`);
      config({ credsStore: 'secretservice' });
    },
    'DOCKER_HELPER_IN_THE_WAY',
    /could not store the login/,
    /do not work on a server/,
  ],
];

describe('init, where', () => {
  it.each(failures)(
    '%s, says so, and leaves nothing behind',
    async (_what, set, code, message, hint) => {
      set();
      const before = desk.tree();
      const { document, code: exitCode, stderr } = await desk.json('init', '--verbose');
      expect([document.error.code, exitCode]).toEqual([code, 3]);
      expect(document.error.message).toMatch(message);
      expect(document.error.hint).toMatch(hint);
      expect(stderr).not.toMatch(/^ +at /m);
      expect(desk.tree()).toEqual(before);
    },
  );

  it.each([
    ['is not JSON', '{"auths": {"ghcr.io": {"auth": "YTpi"}},}', '1:41'],
    ['is half written', '{\n\t"auths": {\n', '3:1'],
    ['is a list', '[]', '1'],
    ['begins with a byte order mark', '\ufeff{}', '1:1'],
    ['has logins that are none', '{\n  "auths": "x"\n}', '2:3 auths'],
  ])("Docker's config %s, keeps it to the byte and names the place", async (_what, text, place) => {
    const path = config(text);
    const { code, stderr } = await desk.run('init');
    expect(code).toBe(3);
    expect(stderr).toContain(`  ${path}:${place}: `);
    expect(stderr).toContain('[DOCKER_CONFIG_INVALID]');
    expect(stderr).toMatch(/^what to do: Correct the file at the reported line, or move it away/m);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(Object.keys(desk.tree())).toEqual(['proto_credentials.json']);
  });

  it("Docker's config is empty, fills it as Docker does", async () => {
    const path = config('');
    expect((await desk.run('init')).code).toBe(0);
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')).auths)).toEqual([
      registry.registryHost,
    ]);
  });
});
