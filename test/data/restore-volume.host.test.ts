import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { databaseStarted, swapInInVolume, swapOutInVolume } from '../../src/data/restore-volume.ts';
import { modeOf, put, readTree, temporaryFolder } from '../support/small-installation.ts';

/** The shell script by which new data takes the place of the old in a volume, interrupted at each program that it runs. */

const desk = temporaryFolder();
afterAll(() => rmSync(desk, { recursive: true, force: true }));

/** Programs that end the shell which runs them, once so many were run. */
const dying = join(desk, 'bin');
for (const name of ['mkdir', 'mv', 'chown', 'chmod', 'rm']) {
  put(
    dying,
    name,
    `#!/bin/sh
echo >>"$RUN"
[ "$(wc -l <"$RUN")" -le "$LIMIT" ] || { kill -9 $PPID; exit 1; }
exec /bin/${name} "$@"
`,
  );
  chmodSync(join(dying, name), 0o755);
}

function volume(): string {
  const at = join(desk, 'volume');
  rmSync(at, { recursive: true, force: true });
  for (const path of ['old/a', 'same', '.hidden-old']) put(at, path, 'old');
  for (const path of ['new/b', 'same', '.hidden-new', '..odd']) {
    put(at, `.proto-restoring/data/${path}`, 'new');
  }
  chmodSync(join(at, '.proto-restoring/data'), 0o750);
  return at;
}

const swapIn = (at: string, limit: number) => {
  writeFileSync(join(desk, 'run'), '');
  const env = { PATH: `${dying}:${process.env.PATH}`, RUN: join(desk, 'run'), LIMIT: `${limit}` };
  return spawnSync('sh', ['-c', swapInInVolume, at, 'data'], { env });
};

it('is completed by another run wherever it was interrupted', () => {
  let limit = 0;
  for (; ; limit++) {
    const at = volume();
    const { signal } = swapIn(at, limit);
    if (signal === null) break;
    expect(swapIn(at, 1000).status, `after ${limit} programs`).toBe(0);
    const { '.proto-replaced/old/a': old, ...tree } = readTree(at);
    expect([old, tree]).toEqual([
      'old',
      {
        '.proto-replaced/.hidden-old': 'old',
        '.proto-replaced/same': 'old',
        ...{ 'new/b': 'new', same: 'new', '.hidden-new': 'new', '..odd': 'new' },
      },
    ]);
    expect(existsSync(join(at, '.proto-restoring'))).toBe(false);
  }
  expect(limit).toBeGreaterThan(10);
});

it('is taken back to what was there, owner and mode too', () => {
  const at = volume();
  chmodSync(at, 0o711);
  expect(swapIn(at, 1000).status).toBe(0);
  expect(modeOf(desk, 'volume')).toBe('750');
  expect(spawnSync('sh', ['-c', swapOutInVolume, at, 'data']).status).toBe(0);
  expect(readTree(at)).toEqual({ 'old/a': 'old', same: 'old', '.hidden-old': 'old' });
  expect(modeOf(desk, 'volume')).toBe('711');
  // There is nothing more to give back.
  expect(spawnSync('sh', ['-c', swapOutInVolume, at, 'data']).status).not.toBe(0);
});

it('leaves the current state where nothing was loaded', () => {
  const at = volume();
  rmSync(join(at, '.proto-restoring/data'), { recursive: true });
  expect(swapIn(at, 1000).status).not.toBe(0);
  expect(readTree(at)).toEqual({ 'old/a': 'old', same: 'old', '.hidden-old': 'old' });
});

it('tells when the database on it was started, and not of what lies aside', () => {
  const at = volume();
  const started = () => String(spawnSync('sh', ['-c', databaseStarted, at]).stdout);
  mkdirSync(join(at, '.proto-replaced'));
  writeFileSync(join(at, '.proto-replaced/postmaster.opts'), '');
  expect(started()).toBe('');
  put(at, 'pgdata/postmaster.opts', '');
  expect(Math.abs(Number(started()) - Date.now() / 1000)).toBeLessThan(60);
});
