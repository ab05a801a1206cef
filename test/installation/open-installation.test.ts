import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { findInstallation } from '../../src/installation/find-installation.ts';
import {
  beginTransaction,
  type Installation,
  readCurrent,
} from '../../src/installation/read-installation.ts';
import { type OpenOptions, openInstallation } from '../../src/open/open-installation.ts';
import { Reporter } from '../../src/reporter.ts';
import { acquireGuard } from '../../src/transaction/run-guard.ts';
import { writeInstallation } from '../support/disk-installation.ts';
import { installed } from '../support/releases.ts';
import { put, temporaryFolder } from '../support/small-installation.ts';

let desk: string;
let folder: string;

beforeEach(() => {
  desk = temporaryFolder();
  folder = join(desk, 'proto');
  writeInstallation(folder, installed('2026.11.0'));
});
afterEach(() => rmSync(desk, { recursive: true, force: true }));

function contextIn(cwd: string): Context {
  const reporter = new Reporter({
    ...{ json: false, quiet: true, verbose: false, live: false, version: '1' },
    stdout: () => {},
    stderr: () => {},
  });
  const signal = new AbortController().signal;
  return {
    ...{ reporter, env: {}, cwd, interactive: false, colour: false, signal },
    ...{ terminal: false, stdin: () => Readable.from([]), write: () => {} },
    ...{ templates: '', group: 0, root: false, version: '1' },
  };
}

const reading = { command: 'proto-scaffold check', changes: false };
const changing = { command: 'proto-scaffold update', changes: true };
const platform = 'backend/config/platform.toml';

describe('the installation that a command is for', () => {
  it.each([
    ['this folder', ['proto']],
    ['a parent of this folder', ['proto', 'backend', 'config']],
    ['a parent, from within the state', ['proto', '.proto', 'base']],
    ['./proto', []],
  ])('is %s', async (_, parts) => {
    expect(await findInstallation({ cwd: join(desk, ...parts), env: {} }, undefined)).toBe(folder);
  });

  it('is what --dir says, from wherever, and never a folder above that', async () => {
    const cwd = join(desk, 'proto', 'backend');
    const other = join(desk, 'other');
    writeInstallation(other, installed('2026.11.0'));
    expect(await findInstallation({ cwd, env: {} }, '../../other')).toBe(other);
    await expect(findInstallation({ cwd, env: {} }, 'config')).rejects.toMatchObject({
      code: 'NOT_AN_INSTALLATION',
      message: `${folder}/backend/config does not contain an installation.`,
    });
  });

  it('is found through a link to it, by its real path', async () => {
    symlinkSync(folder, join(desk, 'current'));
    expect(await findInstallation({ cwd: desk, env: {} }, 'current')).toBe(folder);
  });

  it('is not a folder of another program with a .proto in it', async () => {
    rmSync(folder, { recursive: true });
    mkdirSync(join(desk, '.proto/bin'), { recursive: true });
    await expect(findInstallation({ cwd: desk, env: {} }, undefined)).rejects.toMatchObject({
      code: 'NOT_AN_INSTALLATION',
      message: `No installation was found in ${desk}.`,
    });
    await expect(findInstallation({ cwd: desk, env: {} }, '.')).rejects.toMatchObject({
      code: 'INSTALLATION_UNFINISHED',
    });
  });
});

describe('an open installation', () => {
  it('has the lock, the base, and every file as it is now; what was deleted is absent', async () => {
    const pristine = installed('2026.11.0');
    put(folder, platform, 'mine = 1\n');
    rmSync(join(folder, 'backend/config/chatbot.toml'));
    await withInstallation(contextIn(folder), reading, async (installation) => {
      expect(installation.folder).toBe(folder);
      expect(installation.lock.release.version).toBe('2026.11.0');
      expect(installation.base).toEqual(pristine.base);
      expect(installation.current.get(platform)).toMatchObject({ text: 'mine = 1\n', mode: 0o640 });
      expect([...installation.base.keys()].filter((p) => !installation.current.has(p))).toEqual([
        'backend/config/chatbot.toml',
      ]);
    });
  });

  it('is held while it is changed, and let go whatever happens', async () => {
    const attempt = withInstallation(contextIn(folder), changing, async () => {
      await expect(acquireGuard(folder, 'proto-scaffold update')).rejects.toMatchObject({
        code: 'INSTALLATION_HELD',
      });
      throw new Error('out of the middle');
    });
    await expect(attempt).rejects.toThrow('out of the middle');
    await (await acquireGuard(folder, 'proto-scaffold update')).release();
  });

  it('can be read while someone else holds it, and not be changed then', async () => {
    const guard = await acquireGuard(folder, 'proto-scaffold update');
    await withInstallation(contextIn(folder), reading, async (installation) => {
      expect(() => beginTransaction(installation)).toThrow('read-only');
    });
    await expect(
      withInstallation(contextIn(folder), changing, async () => {}),
    ).rejects.toMatchObject({ code: 'INSTALLATION_HELD' });
    await guard.release();
  });

  it('is refused with all files that are no text, by name', async () => {
    put(folder, platform, Buffer.from([0xff]));
    put(folder, 'backend/config/chatbot.toml', Buffer.from([0xfe]));
    await expect(
      withInstallation(contextIn(folder), reading, async () => {}),
    ).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      faults: [
        { file: 'backend/config/chatbot.toml', message: 'is not UTF-8 text' },
        { file: platform, message: 'is not UTF-8 text' },
      ],
    });
  });

  it.each([
    ['altered', () => put(folder, `.proto/base/${platform}`, 'altered = 1\n')],
    ['removed', () => rmSync(join(folder, `.proto/base/${platform}`))],
  ])(
    'is refused where a file of its base was %s, as no edit could be told from the release',
    async (_, harm) => {
      harm();
      put(folder, platform, 'edited = 1\n');
      await expect(
        withInstallation(contextIn(folder), reading, async () => {}),
      ).rejects.toMatchObject({
        code: 'BASE_DAMAGED',
        exitCode: 3,
        faults: [{ file: expect.stringContaining(`.proto/base/${platform}`) }],
      });
    },
  );

  it('reads a byte order mark as part of the text', async () => {
    put(folder, platform, '\ufeffa = 1\n');
    const current = await readCurrent(folder, [platform, 'not/there']);
    expect([...current.values()].map(({ text }) => text)).toEqual(['\ufeffa = 1\n']);
  });
});

async function withInstallation(
  context: Context,
  options: OpenOptions,
  use: (installation: Installation) => Promise<void>,
): Promise<void> {
  await using installation = await openInstallation(context, options);
  await use(installation);
}
