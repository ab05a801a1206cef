import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Desk, program } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

/** root with another user's HOME: `sudo -E`. */

let registry: EmbeddedRegistry;
let desk: Desk;
const user = 12_345;
const isRoot = process.getuid?.() === 0;

beforeEach(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
  desk = new Desk(registry);
  desk.credentials();
  desk.putDockerStandInOnPath();
  symlinkSync(program, desk.path('.bin/docker-credential-proto-scaffold'));
  desk.env.HOME = desk.path('home');
  delete desk.env.DOCKER_CONFIG;
  mkdirSync(desk.path('home'));
  chownSync(desk.path('home'), user, user);
});
afterEach(async () => {
  desk.remove();
  await registry.close();
});

const owned = (name: string) => lstatSync(desk.path('home', name)).uid;

describe.skipIf(!isRoot)("root with another user's home", () => {
  it.each([['login', '--helper'], ['login']])(
    '%s %s leaves Docker’s config.json and its mode to the user',
    async (...args) => {
      const file = desk.path('home/.docker/config.json');
      desk.putOnPath('docker', `cat >/dev/null; chown 0:0 '${file}'`);
      mkdirSync(desk.path('home/.docker'), { mode: 0o755 });
      writeFileSync(file, '{}', { mode: 0o640 });
      for (const path of ['home/.docker', 'home/.docker/config.json']) {
        chownSync(desk.path(path), user, user);
      }
      const { code, stderr } = await desk.run(...args);
      expect(code, stderr).toBe(0);
      expect([owned('.docker'), owned('.docker/config.json')]).toEqual([user, user]);
      expect((statSync(file).mode & 0o777).toString(8)).toBe('640');
    },
  );

  it('gives new files and folders to the owner of the home', async () => {
    expect((await desk.run('login', '--helper')).code).toBe(0);
    const names = ['.docker', '.docker/config.json', '.config', '.config/proto-scaffold'];
    for (const name of [...names, '.config/proto-scaffold/registries.json']) {
      expect([name, owned(name)]).toEqual([name, user]);
    }
  });

  it('gives what a first docker login creates to the owner of the home', async () => {
    const folder = desk.path('home/.docker');
    desk.putOnPath(
      'docker',
      `cat >/dev/null; mkdir -p '${folder}'; echo '{}' >'${folder}/config.json'`,
    );
    expect((await desk.run('login')).code).toBe(0);
    expect([owned('.docker'), owned('.docker/config.json')]).toEqual([user, user]);
  });

  it.each([
    ['file', '.docker/config.json', 'victim.json'],
    ['folder', '.docker', 'victim'],
  ])('follows no link of the user in place of the %s', async (what, name, victim) => {
    if (what === 'file') {
      mkdirSync(desk.path('home/.docker'));
      desk.write(victim, '{}');
    } else {
      mkdirSync(desk.path(victim));
    }
    symlinkSync(desk.path(victim), desk.path('home', name));
    const { lchownSync } = await import('node:fs');
    lchownSync(desk.path('home', name), user, user);
    const { code, document } = await desk.json('login', '--helper');
    expect([code, document.error.code]).toEqual([3, 'PATH_IN_THE_WAY']);
    if (what === 'file') expect(readFileSync(desk.path(victim), 'utf8')).toBe('{}');
    else expect(existsSync(desk.path(victim, 'config.json'))).toBe(false);
  });

  it.each([
    ['the new file', 'for each in .config.json.*.new; do ln -sf VICTIM "$each"; done'],
    ['the old file', 'ln -sf VICTIM config.json'],
  ])('gives away nothing that a link leads to which replaces %s', async (_, swap) => {
    const victim = desk.write('victim', 'secret');
    mkdirSync(desk.path('home/.docker'));
    desk.write('home/.docker/config.json', '{}');
    for (const path of ['home/.docker', 'home/.docker/config.json']) {
      chownSync(desk.path(path), user, user);
    }
    chmodSync(victim, 0o600);
    const script = `cd '${desk.path('home/.docker')}'; ${swap.replace('VICTIM', victim)}`;
    desk.putOnPath('fake-cp', `(${script}); exec '${desk.path('.bin/real-cp')}' "$@"`);
    copyFileSync('/usr/bin/cp', desk.path('.bin/real-cp'));
    desk.through = [
      ...['unshare', '-m', 'sh', '-c'],
      `mount --bind '${desk.path('.bin/fake-cp')}' /usr/bin/cp; exec "$0" "$@"`,
    ];
    await desk.run('login', '--helper');
    expect([statSync(victim).uid, statSync(victim).mode & 0o777]).toEqual([0, 0o600]);
    expect(readFileSync(victim, 'utf8')).toBe('secret');
  });

  it('gives away nothing that a link leads to which the user puts there at the end', async () => {
    const victim = desk.write('victim', 'secret');
    const file = desk.path('home/.docker/config.json');
    desk.putOnPath('docker', `cat >/dev/null; ln -sf '${victim}' '${file}'`);
    mkdirSync(desk.path('home/.docker'));
    writeFileSync(file, '{}');
    for (const path of ['home/.docker', 'home/.docker/config.json']) {
      chownSync(desk.path(path), user, user);
    }
    await desk.run('login');
    expect(statSync(victim).uid).toBe(0);
  });
});
