import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceState, sweep } from '../../src/transaction/own-state.ts';
import { temporaryFolder } from '../support/small-installation.ts';

let folder: string;
let state: string;
const file = () => join(state, 'restore.json');

beforeEach(() => {
  folder = temporaryFolder();
  state = join(folder, '.proto');
  mkdirSync(state);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a small file of the state', () => {
  it('is replaced whole, 0600, and leaves nothing beside it', async () => {
    await replaceState(file(), 'first');
    await replaceState(file(), 'second');
    expect(readFileSync(file(), 'utf8')).toBe('second');
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(state)).toEqual(['restore.json']);
  });

  it('below the state folder is written in the state folder, where leftovers are removed', async () => {
    const base = join(state, 'base');
    mkdirSync(base);
    // A folder in its place, so that the rename fails where the file was written.
    const seen: string[] = [];
    mkdirSync(join(base, 'x'));
    await replaceState(join(base, 'x'), 'text', state).catch((error) => seen.push(error.message));
    expect(seen).toHaveLength(1);
    await replaceState(join(base, 'y'), 'text', state);
    expect(readFileSync(join(base, 'y'), 'utf8')).toBe('text');
    expect(readdirSync(state)).toEqual(['base']);
  });

  it('takes the place of a link that someone planted, and does not follow it', async () => {
    await writeFile(join(folder, 'elsewhere'), 'as it was');
    symlinkSync(join(folder, 'elsewhere'), file());
    await replaceState(file(), 'new');
    expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('as it was');
    expect(readFileSync(file(), 'utf8')).toBe('new');
  });

  it('is written while those who take the guard sweep', async () => {
    for (let round = 0; round < 50; round += 1) {
      const sweeps = [0, 1, 2].map((ms) => pause(ms).then(() => sweep(state)));
      await Promise.all([replaceState(file(), String(round)), ...sweeps]);
    }
    expect(await readdir(state)).toEqual(['restore.json']);
    expect(readFileSync(file(), 'utf8')).toBe('49');
  });

  it('is not waited for, for ever, where its folder has gone', async () => {
    await rm(state, { recursive: true });
    await expect(replaceState(file(), 'new')).rejects.toMatchObject({ code: 'FILE_SYSTEM_ERROR' });
  });
});
