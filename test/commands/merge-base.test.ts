import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { PreparedInstallation } from '../support/prepared-installation.ts';
import type { Desk } from '../support/program.ts';

/** Commands on an installation whose merge base another program has touched. */

const installation = new PreparedInstallation();
let desk: Desk;
beforeEach(() => {
  desk = installation.copy();
});

const platform = 'backend/config/platform.toml';
const base = (path: string) => desk.path('proto/.proto/base', path);
const original = (path: string) =>
  readFileSync(installation.seed.path('proto/.proto/base', path), 'utf8');

/** Every file below a folder with CRLF, as git leaves it with core.autocrlf. */
function convertLineEnds(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'));
  }
}

const commands = [
  ['config', 'list'],
  ['config', 'set', 'database.port', '5433'],
  ['nginx', '--yes'],
  ['update', '--yes', '--no-backup'],
] as const;

async function mustWork(): Promise<void> {
  for (const command of commands) {
    const { stderr, code } = await desk.run(...command);
    expect(stderr, command.join(' ')).not.toContain('[');
    expect(code, `${command.join(' ')}: ${stderr}`).toBe(0);
  }
  const { document } = await desk.json('check');
  const state = document.result.findings.find(({ id }: { id: string }) => id === 'state');
  expect(state).toMatchObject({ state: 'ok' });
}

describe('files of other programs in the merge base', () => {
  it.each([
    'backend/config/.platform.toml.swp',
    'backend/config/platform.toml~',
    '.nfs000000000000abcd00000001',
  ])('such as %s do no harm, and are kept', async (name) => {
    writeFileSync(base(name), Buffer.from([0xff, 0x00]));
    await mustWork();
    expect(readFileSync(base(name))).toEqual(Buffer.from([0xff, 0x00]));
    expect((await desk.run('rollback', '--yes', '1')).code).toBe(0);
  });
});

describe('line ends that another program converted', () => {
  it('in the merge base are taken, and corrected by the next change', async () => {
    convertLineEnds(base(''));
    const { code } = await desk.run('config', 'list');
    expect(code).toBe(0);
    expect(readFileSync(base(platform), 'utf8')).toContain('\r\n');
    await mustWork();
    expect(readFileSync(base(platform), 'utf8')).toBe(original(platform));
  });

  it('in the whole folder leave all commands working', async () => {
    expect((await desk.run('config', 'set', 'openai.provider', 'azure')).code).toBe(0);
    convertLineEnds(desk.path('proto'));
    await mustWork();
    const { code, stderr } = await desk.run('rollback', '--yes', '1');
    expect(code, stderr).toBe(0);
  });
});

describe('a file of the merge base that is gone or altered', () => {
  it.each([
    ['removed', () => rmSync(base(platform))],
    ['altered', () => writeFileSync(base(platform), 'x = 1\n')],
    ['no text', () => writeFileSync(base(platform), Buffer.from([0xff]))],
    ['a folder', () => rmSync(base('backend'), { recursive: true })],
  ])('(%s) is taken from the file itself, as long as that is not edited', async (_, harm) => {
    harm();
    await mustWork();
    expect(readFileSync(base(platform), 'utf8')).toBe(original(platform));
  });

  it('is rendered again, from what the edited file says', async () => {
    const file = desk.path('proto', platform);
    writeFileSync(file, `${readFileSync(file, 'utf8')}# ours\n`);
    rmSync(base(platform));
    await mustWork();
    expect(readFileSync(base(platform), 'utf8')).toBe(original(platform));
    expect(readFileSync(file, 'utf8')).toContain('# ours');
  });

  const beyondRepair = () => {
    const lock = desk.path('proto/.proto/lock.json');
    const pattern = /("backend\/config\/platform\.toml": ")[0-9a-f]{4}/;
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(pattern, '$10000'));
  };

  it('that cannot be rebuilt is named with a remedy that exists', async () => {
    beyondRepair();
    const { code, document } = await desk.json('config', 'set', 'database.port', '5433');
    expect(code).toBe(3);
    expect(document.error).toMatchObject({
      code: 'BASE_DAMAGED',
      faults: [{ file: `.proto/base/${platform}` }],
    });
    expect(document.error.hint).not.toContain('rollback');
    expect(document.error.hint).toMatch(/^Copy the named files from a copy of /);
  });

  it('that cannot be rebuilt is not fixed by a state from before adopt --new', async () => {
    for (const port of ['5433', '5434']) {
      expect((await desk.run('config', 'set', 'database.port', port)).code).toBe(0);
    }
    const file = desk.path('proto/.proto/history/2/lock.json');
    const lock = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...lock, installation: '0'.repeat(32) }));
    beyondRepair();
    const { document } = await desk.json('config', 'set', 'database.port', '5435');
    expect(document.error.hint).toContain('`proto-scaffold rollback 1`');
  });

  it('is one finding of `check` among the others', async () => {
    const before = await desk.json('check');
    beyondRepair();
    const { code, document } = await desk.json('check');
    expect(code).toBe(3);
    expect(document.result.findings.length).toBe(before.document.result.findings.length);
    expect(document.result.findings).toContainEqual(
      expect.objectContaining({
        id: 'state',
        state: 'failed',
        found: 'The merge base was modified',
        faults: [{ file: `.proto/base/${platform}`, message: 'was modified or removed' }],
      }),
    );
  });
});

describe('check', () => {
  it.each([
    ['lock.json is damaged', '.proto/lock.json', '{', /lock\.json is not valid JSON/],
    ['journal.json is damaged', '.proto/journal.json', '{', /journal\.json is not valid JSON/],
    ['a file is not UTF-8', platform, Buffer.from([0xff]), /not valid text files/],
  ])('reports the host also where %s', async (_, path, content, found) => {
    writeFileSync(desk.path('proto', path), content);
    const { code, document } = await desk.json('check');
    expect(code).toBe(3);
    expect(document.error).toBeUndefined();
    const ids = document.result.findings.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(expect.arrayContaining(['os', 'memory', 'docker', 'state']));
    expect(document.result.findings).toContainEqual(
      expect.objectContaining({
        id: 'state',
        state: 'failed',
        found: expect.stringMatching(found),
      }),
    );
    expect(existsSync(desk.path('proto/.proto/guard.json'))).toBe(false);
  });
});
