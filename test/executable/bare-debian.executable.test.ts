import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import credentials from '../../proto_credentials.example.json' with { type: 'json' };
import { finished, type Outcome, program } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { type BareDebian, bareDebian } from './bare-debian.ts';

/** What the vendor's page says: place both files in a folder and run it. On Debian as it is first installed, and docker. */

let debian: BareDebian;
let registry: EmbeddedRegistry;

beforeAll(async () => {
  debian = bareDebian();
  const docker = execFileSync('sh', ['-c', 'command -v docker'], { encoding: 'utf8' }).trim();
  // It loads nothing but the C library, or is static.
  copyFileSync(docker, join(debian.root, 'usr/bin/docker'));
  mkdirSync(join(debian.root, 'srv/desired'), { recursive: true });
  copyFileSync(program, join(debian.root, 'srv/desired/proto-scaffold'));
  const file = join(debian.root, 'srv/desired/proto_credentials.json');
  writeFileSync(file, JSON.stringify(credentials));
  chmodSync(file, 0o600);
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.11.0' });
});
afterAll(async () => {
  debian.remove();
  await registry.close();
});

/** As root in there, in the folder of the two files. */
function inside(...command: string[]): Promise<Outcome> {
  const script = 'mount -t proc proc "$1/proc" && root=$1 && shift && exec chroot "$root" "$@"';
  const enter = ['--mount', 'sh', '-c', script, 'sh', debian.root];
  const there = ['sh', '-c', 'cd /srv/desired && exec "$@"', 'sh', ...command];
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    AWS_ENDPOINT_URL_ECR: registry.endpoint,
  };
  return finished(
    spawn('unshare', [...enter, ...there], { env, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}

const read = (path: string) => readFileSync(join(debian.root, 'srv/desired', path), 'utf8');

describe('the executable on a bare Debian', () => {
  it('finds no Node and no Python there', async () => {
    const { code, stdout } = await inside('sh', '-c', 'command -v node nodejs python3');
    expect({ code, stdout }).toMatchObject({ stdout: '' });
    expect(code).not.toBe(0);
  });

  it('makes an installation, and logs docker in', async () => {
    const { code, stdout, stderr } = await inside('./proto-scaffold', 'init', '--url', 'a.example');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('Created proto: release 2026.11.0 (stable).');
    expect(read('proto/backend/docker-compose.yml')).toContain(registry.registryHost);
    expect(read('proto/frontend/index.html')).not.toBe('');
    const docker = readFileSync(join(debian.root, 'root/.docker/config.json'), 'utf8');
    expect(Object.keys(JSON.parse(docker).auths)).toEqual([registry.registryHost]);
  });

  it('updates it to the next release', async () => {
    await registry.seedRelease({ version: '2026.12.0' });
    const { code, stderr } = await inside(
      './proto-scaffold',
      'update',
      '--yes',
      '--without-engine',
    );
    expect(code, stderr).toBe(0);
    expect(JSON.parse(read('proto/.proto/lock.json'))).toMatchObject({
      images: { platform: { version: '2026.12.0' } },
    });
    const { stdout } = await inside('./proto-scaffold', 'update');
    expect(stdout).toContain('Already up to date');
  });

  it('is the credential helper, too, when it is called by that name', async () => {
    const link = '/usr/local/bin/docker-credential-proto-scaffold';
    await inside('ln', '-s', '/srv/desired/proto-scaffold', link);
    const login = await inside('./proto-scaffold', 'login', '--helper');
    expect(login.code, login.stderr).toBe(0);
    const asked = `echo ${registry.registryHost} | docker-credential-proto-scaffold get`;
    const { code, stdout } = await inside('sh', '-c', asked);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ServerURL: registry.registryHost, Username: 'AWS' });
  });

  it('leaves nothing in the places where programs like to leave something', () => {
    const list = (path: string) => readdirSync(join(debian.root, path)).sort();
    expect(list('tmp')).toEqual([]);
    expect(list('root')).toEqual(['.config', '.docker']);
    expect(list('root/.config')).toEqual(['proto-scaffold']);
    expect(list('srv/desired')).toEqual(['proto', 'proto-scaffold', 'proto_credentials.json']);
  });
});
