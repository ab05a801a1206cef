import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { releaseFolder } from '../support/releases.ts';
import { Terminal } from '../support/terminal.ts';

/** Whether an update backs the data up: asked on a terminal, else as flags and proto.toml say. */

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.close());

beforeEach(async () => {
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
  desk = new Desk(registry);
  desk.credentials();
  putDockerOnPath();
  expect((await desk.run('init')).code).toBe(0);
  writeFileSync(desk.path('config.json'), JSON.stringify(composeConfig()));
});
afterEach(() => desk.remove());

/** An engine with the platform's volumes, which nothing runs on. What it does not know it refuses. */
function putDockerOnPath(...first: string[]): void {
  desk.putOnPath(
    'docker',
    [
      'case "$*" in',
      ...first,
      'login*) exec cat >/dev/null ;;',
      'ps*) ;;',
      `"compose config"*) cat ${desk.path('config.json')} ;;`,
      '"volume inspect"*) echo there ;;',
      '*) echo "not known: $*" >&2; exit 99 ;;',
      'esac',
    ].join('\n'),
  );
}

/** As docker compose would print it: long mounts, and names of volumes with the project. */
function composeConfig(): object {
  const file = parse(readFileSync(desk.path('proto/backend/docker-compose.yml'), 'utf8'));
  const mount = (text: unknown) => {
    const [source, target] = String(text).split(':');
    return typeof text === 'string' ? { type: 'volume', source, target } : text;
  };
  const services = Object.entries<any>(file.services).map(([name, { volumes, image }]) => [
    name,
    { image, volumes: volumes?.map(mount) },
  ]);
  const volumes = Object.keys(file.volumes).map((name) => [name, { name: `x_${name}` }]);
  return { services: Object.fromEntries(services), volumes: Object.fromEntries(volumes) };
}

const newer = ['--templates', releaseFolder('2026.12.0'), '--dry-run'];

describe('the plan of an update', () => {
  it.each([
    ['as proto.toml came', '', [], true],
    ['with no in proto.toml', 'no', [], false],
    ['with no in proto.toml, and --backup', 'no', ['--backup'], true],
    ['with --no-backup', 'yes', ['--no-backup'], false],
    ['with nonsense in proto.toml', 'perhaps', [], true],
  ])('%s', async (_, setting, flags, expected) => {
    await registry.seedRelease({ version: '2026.12.0', tags: ['stable'] });
    const file = desk.path('proto/proto.toml');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('backup = "yes"');
    if (setting !== '') writeFileSync(file, text.replace('"yes"\n', `"${setting}"\n`));
    const { document, code } = await desk.json('update', '--yes', ...newer, ...flags);
    expect(code).toBe(0);
    const kinds = document.result.plan.actions.map(({ kind }: { kind: string }) => kind);
    expect(kinds[0] === 'backup').toBe(expected);
    expect(document.notices.join().includes('update.backup')).toBe(setting === 'perhaps');
  });

  it.each([
    ['with --backup', ['--backup'], '', 3],
    ['with a volume that may have data', [], 'echo x_postgres-data', 3],
    ['without a volume, and not asked for a backup', [], '', 3],
    ['with --no-backup, although there may be data', ['--no-backup'], 'echo x_postgres-data', 0],
  ])('where Compose rejects the files, %s', async (_, flags, volumes, expected) => {
    await registry.seedRelease({ version: '2026.12.0', tags: ['stable'] });
    putDockerOnPath(
      '"compose config"*) echo "services.postgres must be a mapping" >&2; exit 15 ;;',
      `"volume ls"*) ${volumes} ;;`,
    );
    const { document, code } = await desk.json('update', '--yes', ...newer, ...flags);
    expect(code).toBe(expected);
    if (expected === 0) {
      const kinds = document.result.plan.actions.map(({ kind }: { kind: string }) => kind);
      expect(kinds).not.toContain('backup');
    } else {
      expect(document.error.code).toBe('COMPOSE_INVALID');
      expect(document.error.hint).toContain('To update without a backup, pass --no-backup.');
    }
  });

  it('says that there is no data yet where a backup was asked for', async () => {
    await registry.seedRelease({ version: '2026.12.0', tags: ['stable'] });
    putDockerOnPath(
      '"volume inspect"*) echo "Error response from daemon: get x: no such volume" >&2; exit 1 ;;',
    );
    const notice = 'There is no data to back up yet.';
    const asked = await desk.json('update', '--yes', ...newer, '--backup');
    expect([asked.code, asked.document.notices]).toEqual([0, expect.arrayContaining([notice])]);
    const { document } = await desk.json('update', '--yes', ...newer);
    expect(document.notices).not.toContain(notice);
  });

  it('has the choice that was made at init', async () => {
    const other = new Desk(registry, { PATH: desk.env.PATH });
    other.credentials();
    other.write('values.toml', 'update_backup = "no"');
    expect((await other.run('init', '--values', 'values.toml')).code).toBe(0);
    expect(readFileSync(other.path('proto/proto.toml'), 'utf8')).toContain('\nbackup = "no"\n');
    other.remove();
  });

  it('is asked about on a terminal, and a no is taken', async () => {
    await registry.seedRelease({ version: '2026.12.0', tags: ['stable'] });
    const terminal = new Terminal(desk);
    try {
      // A shell may begin with a PATH of its own.
      terminal.type(`export PATH='${desk.env.PATH}'`);
      terminal.press('Enter');
      terminal.start('update', '--templates', releaseFolder('2026.12.0'));
      await terminal.shows('Back up the data before the update?');
      terminal.type('n');
      const screen = await terminal.shows('Apply this plan?');
      expect(screen).toContain('Steps');
      expect(screen).not.toContain('back up the data to');
      terminal.press('C-c');
      expect(await terminal.status()).toBe(130);
    } finally {
      terminal.close();
    }
  });
});
