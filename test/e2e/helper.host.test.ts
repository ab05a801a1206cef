import { mkdirSync, readFileSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mustFail } from '../support/failures.ts';
import { Desk, program } from '../support/program.ts';
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

const helper = 'docker-credential-proto-scaffold';
const configFile = () => desk.path('.docker/config.json');
const stateFile = () => desk.path('.config/proto-scaffold/registries.json');
const ecrCalls = () => registry.requests.filter(({ role }) => role === 'ecr').length;

/** Links the program under the helper's name into a folder of the PATH, as the remedy says. */
function linkHelper(): string {
  desk.putOnPath('unused', '');
  symlinkSync(program, desk.path('.bin', helper));
  return desk.path('.bin', helper);
}

/** Runs another program in the desk's environment, from another folder. */
const call = (file: string, args: string[], input = '') =>
  execa(file, args, { input, env: desk.env, extendEnv: false, cwd: '/', reject: false });

const inspect = () =>
  call('docker', [
    'manifest',
    'inspect',
    '--insecure',
    `${registry.registryHost}/proto/platform:stable`,
  ]);

describe('login --helper', () => {
  it('wants the helper on the PATH, and says how to put it there', async () => {
    await mustFail(desk, ['login', '--helper'], {
      code: 'HELPER_NOT_ON_PATH',
      exitCode: 3,
      message:
        /^Docker needs docker-credential-proto-scaffold, but it was not found on the PATH\.$/,
      hint: /sudo ln -s "\$\(command -v proto-scaffold\)" \/usr\/local\/bin\/docker-credential-proto-scaffold/,
    });
    expect(ecrCalls()).toBe(0);
  });

  it('tells Docker of it, and remembers the credentials file by its full path', async () => {
    linkHelper();
    const { code, stdout, stderr } = await desk.run('login', '--helper');
    expect(code, stderr).toBe(0);
    expect(stdout).toBe(
      `Docker now uses ${helper} for ${registry.registryHost}.\n  Updated ${configFile()}. No token is stored on the disk.\n`,
    );
    expect(JSON.parse(readFileSync(configFile(), 'utf8'))).toEqual({
      credHelpers: { [registry.registryHost]: 'proto-scaffold' },
    });
    expect(JSON.parse(readFileSync(stateFile(), 'utf8'))).toEqual({
      formatVersion: 1,
      registries: { [registry.registryHost]: { credentials: desk.path('proto_credentials.json') } },
    });
    for (const path of [configFile(), stateFile()]) {
      expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
      expect((statSync(dirname(path)).mode & 0o777).toString(8)).toBe('700');
    }
  });

  it('is one document with --json', async () => {
    linkHelper();
    desk.env.XDG_CONFIG_HOME = desk.path('.config/other');
    const { document } = await desk.json('login', '--helper');
    expect(document.result).toEqual({
      registry: registry.registryHost,
      helper: true,
      dockerConfig: configFile(),
      state: desk.path('.config/other/proto-scaffold/registries.json'),
    });
  });

  it('keeps all else in the config to the byte, but for the login stored for this registry', async () => {
    linkHelper();
    mkdirSync(desk.path('.docker'));
    const stored = `,\n  "${registry.registryHost}":{"auth":"QVdTOng="}`;
    const added = `,\n  "credHelpers": {\n    "${registry.registryHost}": "proto-scaffold"\n  }`;
    const config = (login: string, helpers: string) =>
      `{\n  "psFormat": "{{.ID}}",\n   "auths" : {"ghcr.io": {"auth":"YTpi"}${login} },\n  "x":[1,\n2]${helpers}}\n\n`;
    desk.write('.docker/config.json', config(stored, ''), 0o640);
    expect((await desk.run('login', '--helper')).code).toBe(0);
    expect(readFileSync(configFile(), 'utf8')).toBe(config('', added));
    expect((statSync(configFile()).mode & 0o777).toString(8)).toBe('640');
  });

  it('leaves a config behind a link where it is', async () => {
    linkHelper();
    mkdirSync(desk.path('.docker'));
    symlinkSync('real.json', configFile());
    desk.write('.docker/real.json', '{}');
    await desk.run('login', '--helper');
    expect(JSON.parse(readFileSync(desk.path('.docker/real.json'), 'utf8'))).toHaveProperty(
      'credHelpers',
    );
  });

  it('refuses a config that is not JSON, and keeps it', async () => {
    linkHelper();
    mkdirSync(desk.path('.docker'));
    desk.write('.docker/config.json', '{"auths": }');
    await mustFail(desk, ['login', '--helper'], {
      code: 'DOCKER_CONFIG_INVALID',
      exitCode: 3,
      message: /config\.json is invalid/,
      hint: /Correct the file/,
    });
    expect(readFileSync(configFile(), 'utf8')).toBe('{"auths": }');
  });

  it('refuses a state of its own that is damaged', async () => {
    linkHelper();
    await desk.run('login', '--helper');
    desk.write('.config/proto-scaffold/registries.json', '{');
    await mustFail(desk, ['login', '--helper'], {
      code: 'HELPER_STATE_INVALID',
      exitCode: 3,
      message: /registries\.json is damaged/,
      hint: /Remove the file and run `proto-scaffold login --helper` again/,
    });
  });
});

describe('docker with the helper', () => {
  beforeEach(async () => {
    linkHelper();
    expect((await inspect()).exitCode).toBe(1);
    await desk.run('login', '--helper');
  });

  it('pulls with a fresh token each time, and none lies on the disk', async () => {
    const asked = ecrCalls();
    for (const hours of [0, 13]) {
      registry.setClockOffset(hours * 3600 * 1000);
      const { exitCode, stdout, stderr } = await inspect();
      expect(exitCode, stderr).toBe(0);
      expect(JSON.parse(stdout)).toHaveProperty('layers');
    }
    expect(ecrCalls()).toBeGreaterThan(asked + 1);
    expect(readFileSync(configFile(), 'utf8')).not.toContain('auth"');
  });

  it('says what is wrong where the credentials are gone', async () => {
    unlinkSync(desk.path('proto_credentials.json'));
    const { exitCode, stderr } = await inspect();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`Credentials file not found: ${desk.path('proto_credentials.json')}.`);
  });

  it('takes login, init and logout as before', async () => {
    const login = await desk.run('login');
    expect(login.stdout).toBe(
      `Docker is logged in to ${registry.registryHost} and gets a new login for every pull.\n`,
    );
    const { code, stdout, stderr } = await desk.run('init');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(
      `  Docker gets its login to ${registry.registryHost} through the credential helper.\n`,
    );
    expect(stdout).not.toContain('12 hours');
    expect((await call('docker', ['logout', registry.registryHost])).exitCode).toBe(0);
    expect((await inspect()).exitCode).toBe(0);
    expect(readFileSync(configFile(), 'utf8')).not.toMatch(/"auth"/);
  });

  it('takes over from ecr-login, as its error says', async () => {
    desk.putOnPath('docker-credential-ecr-login', 'cat >/dev/null; echo not implemented; exit 1');
    desk.write('.docker/config.json', { credsStore: 'ecr-login' });
    expect((await desk.json('init')).document.error.code).toBe('DOCKER_HELPER_IN_THE_WAY');
    expect((await desk.run('login', '--helper')).code).toBe(0);
    expect((await desk.run('init')).code).toBe(0);
  });
});
