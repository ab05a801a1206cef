import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { Desk } from './support/program.ts';

/** The archive that operators get, installed as the README says, on a host that reaches no registry. */

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
const prefix = join(folder, 'prefix');
const installed = join(prefix, 'lib/node_modules/proto-scaffold');
const desk = new Desk();

function npm(...args: string[]): void {
  const env = { ...process.env, npm_config_cache: join(folder, 'cache') };
  const { status, stderr } = spawnSync('npm', args, { cwd: root, env, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
}

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = join(prefix, 'bin/proto-scaffold');
  return spawnSync(command, args, { cwd: desk.folder, env: desk.env, encoding: 'utf8' });
}

beforeAll(() => {
  mkdirSync(prefix);
  npm('pack', '--pack-destination', folder);
  const archive = join(folder, `proto-scaffold-${packageJson.version}.tgz`);
  npm('install', '--global', '--offline', '--prefix', prefix, archive);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  desk.remove();
});

describe('the installed package', () => {
  it('is a program in the folder that npm has for them, and tells its version', () => {
    expect(run('--version')).toMatchObject({ status: 0, stdout: `${packageJson.version}\n` });
  });

  it('plans an installation with the templates that are in it', () => {
    desk.credentials();
    const { status, stderr } = run('init', '--dry-run', '--url', 'chat.example-bank.com');
    expect(status, stderr).toBe(0);
  });

  it('has a manual page where man looks for it', () => {
    expect(readdirSync(join(prefix, 'share/man/man1'))).toEqual(['proto-scaffold.1']);
  });

  it('has what the README names: documentation, change log, example', () => {
    const files = ['CHANGELOG.md', 'README.md', 'docs', 'proto_credentials.example.json'];
    expect(readdirSync(installed)).toEqual(expect.arrayContaining(files));
  });

  it('needs no other package, and brings none along', () => {
    expect(readdirSync(join(prefix, 'lib/node_modules'))).toEqual(['proto-scaffold']);
    expect(readdirSync(installed)).not.toContain('node_modules');
  });

  it('has the licence of each package that is bundled', () => {
    const { outputs } = JSON.parse(readFileSync(join(root, '.cache/metafile.json'), 'utf8'));
    const bundled = new Set<string>();
    for (const { inputs } of Object.values<{ inputs: object }>(outputs)) {
      for (const path of Object.keys(inputs)) {
        const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
        if (name !== undefined) bundled.add(name);
      }
    }
    expect(bundled).toContain('zod');
    const parts = readFileSync(join(installed, 'dist/LICENSES.txt'), 'utf8').split(/^={80}\n/m);
    const texts = new Map<string | undefined, string | undefined>();
    for (let index = 1; index < parts.length; index += 2) {
      for (const line of parts[index]?.split('\n') ?? []) {
        texts.set(line.split(' ')[0], parts[index + 1]);
      }
    }
    for (const name of bundled) {
      expect(texts.get(name), name).toMatch(/permission|copyright|redistribut/i);
    }
  });
});
