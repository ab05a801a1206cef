import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOutputFile } from '../../src/backup/output-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
  file = join(folder, 'proto-backup.tar');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Where there is no ln(1), a file can get no name later: as on a file system that lacks nameless files. */
const named = { PATH: '/nowhere' };

describe.each([
  ['without a name', process.env],
  ['with a hidden name', named],
])('an output file %s', (_, env) => {
  it('is there at the end, whole and for its owner alone', async () => {
    const output = await openOutputFile(file, env);
    await output.write(Buffer.from('all of '));
    await output.write(Buffer.from('it'));
    expect(readdirSync(folder)).not.toContain('proto-backup.tar');
    await output.commit();
    await output[Symbol.asyncDispose]();
    expect(readdirSync(folder)).toEqual(['proto-backup.tar']);
    expect(readFileSync(file, 'utf8')).toBe('all of it');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('replaces nothing', async () => {
    const output = await openOutputFile(file, env);
    writeFileSync(file, "another's");
    await expect(output.commit()).rejects.toMatchObject({ code: 'BACKUP_EXISTS' });
    await output[Symbol.asyncDispose]();
    expect(readdirSync(folder)).toEqual(['proto-backup.tar']);
    expect(readFileSync(file, 'utf8')).toBe("another's");
  });

  it('leaves nothing when it is given up', async () => {
    const output = await openOutputFile(file, env);
    await output.write(Buffer.from('half'));
    await output[Symbol.asyncDispose]();
    expect(readdirSync(folder)).toEqual([]);
  });
});

/** Opens a file, writes half of it, and waits to be killed. */
async function killedHalfWay(path: string): Promise<void> {
  const module = fileURLToPath(new URL('../../src/backup/output-file.ts', import.meta.url));
  const script = `import { openOutputFile } from ${JSON.stringify(module)};
    const output = await openOutputFile(${JSON.stringify(file)}, { PATH: ${JSON.stringify(path)} });
    await output.write(Buffer.from('half'));
    console.log('written');
    setInterval(() => {}, 1000);`;
  writeFileSync(`${folder}.mts`, script);
  const child = spawn(process.execPath, ['--import', 'tsx', `${folder}.mts`]);
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  rmSync(`${folder}.mts`);
}

describe('a killed process', () => {
  it('leaves nothing where files can be without a name', async () => {
    await killedHalfWay(process.env.PATH ?? '');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves a hidden file elsewhere, which the next one removes, and no one else’s', async () => {
    await killedHalfWay('/nowhere');
    const [left = ''] = readdirSync(folder);
    expect(left).toMatch(/^\.proto-unfinished-/);
    const [other, living] = [
      '.proto-unfinished-00000000-00000000-1-1-aaaaaaaa',
      '.proto-unfinished-notes',
    ];
    for (const name of [other, living]) writeFileSync(join(folder, name), '');
    const output = await openOutputFile(file, named);
    const second = await openOutputFile(`${file}2`, named);
    await output.commit();
    await second.commit();
    expect(readdirSync(folder).sort()).toEqual(
      [other, living, 'proto-backup.tar', 'proto-backup.tar2'].sort(),
    );
  });
});
