import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checks } from '../../src/checks/index.ts';
import { type Profile, runChecks, startChecks } from '../../src/checks/run-checks.ts';
import type { Context } from '../../src/context.ts';
import { openInstallation } from '../../src/open/open-installation.ts';
import { Reporter } from '../../src/reporter.ts';
import { writeInstallation } from '../support/disk-installation.ts';
import { installed } from '../support/releases.ts';
import { temporaryFolder } from '../support/small-installation.ts';
import { templatesFolder } from '../support/template-set.ts';

/** The checks at the head of a command, on this very host; docker is a stand-in that answers nothing. */

let desk: string;
let folder: string;
let told: string;

beforeEach(() => {
  desk = temporaryFolder();
  folder = join(desk, 'proto');
  told = '';
  writeInstallation(folder, installed('2026.11.0'));
  mkdirSync(join(desk, 'bin'));
  docker('exit 1');
});
afterEach(() => rmSync(desk, { recursive: true, force: true }));

function docker(script: string): void {
  writeFileSync(join(desk, 'bin/docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function context(templates = templatesFolder, signal = new AbortController().signal): Context {
  const reporter = new Reporter({
    ...{ json: false, quiet: false, verbose: false, live: false, version: '1' },
    stdout: () => {},
    stderr: (text) => {
      told += text;
    },
  });
  const env = { PATH: `${join(desk, 'bin')}:${process.env.PATH}`, HOME: desk };
  return {
    ...{ reporter, env, cwd: desk, interactive: false, colour: false, signal },
    ...{ terminal: false, stdin: () => Readable.from([]), write: () => {} },
    ...{ templates, group: 0, root: true, version: '1' },
  };
}

/** A release that asks for more memory than any host has. */
function greedyTemplates(): string {
  const path = join(desk, 'greedy');
  cpSync(templatesFolder, path, { recursive: true });
  const text = readFileSync(join(path, 'release.yml'), 'utf8');
  writeFileSync(join(path, 'release.yml'), text.replace('memory_gb: 32', 'memory_gb: 99999'));
  return path;
}

const ofHost = checks.filter(({ concerns }) => concerns === 'host').map(({ id }) => id);

async function run(profile: Profile, ignore: readonly string[], templates?: string): Promise<void> {
  const where = context(templates);
  const open = { dir: folder, command: 'proto-scaffold start', changes: false };
  await using installation = await openInstallation(where, open);
  await runChecks(where, profile, { installation, ignore });
}

describe('the checks at the head of a command', () => {
  it('stop start with 3 where the host lacks something, which --ignore can name', async () => {
    const others = ofHost.filter((id) => id !== 'memory');
    await expect(run('start', others, greedyTemplates())).rejects.toMatchObject({
      code: 'CHECK_FAILED',
      exitCode: 3,
      message: expect.stringMatching(/^This host is not ready: memory, /),
      faults: expect.arrayContaining([
        { file: 'memory', message: expect.stringMatching(/^\d+ GB of memory; .* 99999 GB$/) },
      ]),
    });
  });

  it('stop start with 5 where a value is not set, with each place', async () => {
    await expect(run('start', ofHost)).rejects.toMatchObject({
      code: 'CHECK_VALUES',
      exitCode: 5,
      faults: expect.arrayContaining([
        expect.objectContaining({
          file: 'backend/config/platform.toml',
          key: 'sendgrid.api_key',
          line: expect.any(Number),
        }),
      ]),
    });
  });

  it('tell an update, in one line each, what does not stop it', async () => {
    await run('update', [], greedyTemplates());
    expect(told).toMatch(/^note: memory: \d+ GB of memory; the platform needs 99999 GB\.$/m);
    expect(told).toContain('Run `proto-scaffold check` for details.\n');
    told = '';
    await run(
      'update',
      checks.map(({ id }) => id),
      greedyTemplates(),
    );
    expect(told).toBe('');
  });

  it('refuse to ignore what there is not', async () => {
    await expect(run('update', ['memroy'])).rejects.toMatchObject({ code: 'USAGE', exitCode: 2 });
  });

  it('are let go with all that they started, where the command itself fails first', async () => {
    const pid = join(desk, 'pid');
    docker(`echo $$ >${pid}; sleep 300`);
    const failing = async () => {
      await using _ = startChecks(context(), 'update', { ignore: [] });
      for (let tries = 0; tries < 500 && !isWritten(pid); tries++) await sleep(10);
      throw new Error('ECR refused');
    };
    await expect(failing()).rejects.toThrow('ECR refused');
    const number = Number(readFileSync(pid, 'utf8'));
    // It has been told to end, and does so in its own time.
    await expect.poll(() => isAlive(-number), { timeout: 20_000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function isWritten(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').endsWith('\n');
  } catch {
    return false;
  }
}
