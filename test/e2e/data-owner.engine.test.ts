import { type ChildProcess, spawn } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { docker, emptyEngine } from '../support/engine/docker.ts';
import { type Engine, startEngine } from '../support/engine/engine.ts';
import { Desk } from '../support/program.ts';
import { lookAtHealthSooner } from '../support/quick-health.ts';
import type { EmbeddedRegistry } from '../support/registry/index.ts';
import { copyWithOwners } from '../support/tree.ts';
import { publish, startVendor } from '../support/vendor.ts';

/**
 * Whose data it is: copies, moves, pruned volumes, an older folder and a supervisor, with a row in the real database
 * that outlives all of them.
 */

let registry: EmbeddedRegistry;
let desk: Desk;
let project: string;
let identity: string;

const small = ['--ignore', 'memory'];
const compose = (...args: string[]) =>
  docker(['compose', ...args], { cwd: desk.path('proto/backend') });
const running = async () => (await docker(['ps', '--quiet', '--no-trunc'])).split('\n').sort();
const lines = (text: string) => text.split('\n').filter(Boolean).sort();
const dataVolumes = async () =>
  lines(await docker(['volume', 'ls', '--quiet', '--filter', `label=proto-scaffold.installation`]));

async function done(...args: string[]) {
  const outcome = await desk.run(...args);
  expect(outcome.code, `${args.join(' ')}\n${outcome.stderr}`).toBe(0);
  return outcome;
}

const start = (...args: string[]) => done('start', ...small, ...args);
const refused = async (...args: string[]) => {
  const { code, stderr } = await desk.run(...args);
  return [code, /\[([A-Z_]+)\]/.exec(stderr)?.[1], stderr] as const;
};

/** The row that must never be lost. The platform runs. */
async function marker(dir = 'proto'): Promise<string> {
  const query = ['-c', 'select word from marker', '--dir', dir];
  const { code, stdout, stderr } = await desk.run('psql', ...query, '--', '-tA');
  return code === 0 ? stdout.trim() : stderr;
}

beforeAll(async () => {
  registry = await startVendor();
  await publish(registry, { version: '2026.11.0', tags: ['stable'] });
  desk = new Desk(registry);
  desk.credentials();
  desk.values();
  await done('init', '--pull', '--values', 'values.json');
  const lock = JSON.parse(await readFile(desk.path('proto/.proto/lock.json'), 'utf8'));
  project = lock.project;
  identity = lock.installation;
  lookAtHealthSooner(desk.path('proto'));
  await start();
  await done('psql', '-c', "create table marker as select 'kept' as word");
});

afterAll(async () => {
  await emptyEngine();
  await registry.close();
  desk.remove();
});

describe('an installation', () => {
  it('is named by its volumes and its networks', async () => {
    expect(identity).toMatch(/^[0-9a-f-]{36}$/);
    expect(await dataVolumes()).toEqual([
      `${project}.proto-scaffold`,
      `${project}_bucket-data`,
      `${project}_postgres-data`,
    ]);
    const label = '{{index .Labels "proto-scaffold.installation"}}';
    for (const volume of await dataVolumes()) {
      expect(await docker(['volume', 'inspect', '--format', label, volume])).toBe(identity);
    }
    const networks = await docker([
      'network',
      'ls',
      '--quiet',
      '--filter',
      `label=com.docker.compose.project=${project}`,
    ]);
    for (const network of lines(networks)) {
      expect(await docker(['network', 'inspect', '--format', label, network])).toBe(identity);
    }
  });

  it('goes on after `docker compose down` and `up` by hand', async () => {
    await compose('down');
    await compose('up', '--detach', '--wait');
    expect(await marker()).toBe('kept');
    expect((await start()).stderr).not.toContain('owner');
  });
});

describe('a copy of the folder', () => {
  const commands = [
    ['start', ...small],
    ['stop'],
    ['restart'],
    ['logs'],
    ['psql', '-c', 'drop table marker'],
    ['backup'],
    ['restore', 'proto-backup.tar', '--yes'],
    ['config', 'rotate', 'postgres_password', '--yes'],
    ['update', '--yes', '--start'],
    ['uninstall', '--yes'],
    ['uninstall', '--data', '--yes', '--name', 'copy'],
    ['adopt', '--yes'],
  ];

  beforeAll(async () => {
    await done('backup', 'proto-backup.tar');
    copyWithOwners(desk.path('proto'), desk.path('elsewhere/copy'));
  });

  it.each(['running', 'stopped'])('touches neither containers nor data: %s', async (state) => {
    if (state === 'stopped') await done('stop');
    const before = await running();
    for (const command of commands) {
      // Nothing runs from the original then, and to adopt is what a copy may do.
      if (state === 'stopped' && command[0] === 'adopt') continue;
      const [code, name, stderr] = await refused(...command, '--dir', 'elsewhere/copy');
      expect([code, name], `${command.join(' ')}\n${stderr}`).toEqual([5, 'INSTALLATION_COPIED']);
      expect(stderr).toContain(desk.path('proto'));
    }
    expect(await running()).toEqual(before);
    if (state === 'stopped') await start();
    expect(await marker()).toBe('kept');
  });

  it('is named by check and status', async () => {
    const { stdout } = await desk.run('check', '--dir', 'elsewhere/copy');
    expect(stdout).toContain('is a copy of the installation in');
    const status = await desk.json('status', '--dir', 'elsewhere/copy');
    expect(status.document.result.problems).toEqual([expect.stringContaining('is a copy of')]);
    expect((await desk.json('status')).document.result.problems).toEqual([]);
  });

  it('does not become one of its own with a volume that both would use', async () => {
    const override = desk.path('elsewhere/copy/backend/docker-compose.override.yml');
    const before = await readFile(override, 'utf8');
    await docker(['volume', 'create', 'pgdata']);
    await writeFile(
      override,
      `${before}\nvolumes: { postgres-data: { external: true, name: pgdata } }\n`,
    );
    const [code, name, stderr] = await refused(
      'adopt',
      '--new',
      '--yes',
      '--dir',
      'elsewhere/copy',
    );
    expect([code, name]).toEqual([5, 'VOLUME_FOREIGN']);
    expect(stderr).toContain('pgdata');
    await writeFile(override, before);
    await docker(['volume', 'rm', 'pgdata']);
  });

  it('becomes an installation of its own, and its removal leaves the data of the first', async () => {
    const dry = await done('adopt', '--new', '--dry-run', '--dir', 'elsewhere/copy');
    expect(dry.stdout).toContain('become an installation of its own');
    await done('adopt', '--new', '--yes', '--dir', 'elsewhere/copy');
    const lock = JSON.parse(await readFile(desk.path('elsewhere/copy/.proto/lock.json'), 'utf8'));
    expect([lock.project, lock.installation]).not.toContain(project);
    const text = await readFile(desk.path('elsewhere/copy/backend/docker-compose.yml'), 'utf8');
    expect(text).not.toContain(project);
    expect(text).not.toContain(identity);
    await done('stop');
    await start('--dir', 'elsewhere/copy');
    expect(await marker('elsewhere/copy')).toContain('relation "marker" does not exist');
    const [code, name] = await refused('rollback', '--yes', '1', '--dir', 'elsewhere/copy');
    expect([code, name]).toEqual([2, 'STATE_UNKNOWN']);
    await done('uninstall', '--data', '--yes', '--name', 'copy', '--dir', 'elsewhere/copy');
    expect((await dataVolumes()).every((volume) => volume.startsWith(project))).toBe(true);
    await start();
    expect(await marker()).toBe('kept');
  });

  it('can take the place of the first, which is refused from then on', async () => {
    copyWithOwners(desk.path('proto'), desk.path('second'));
    await done('stop');
    await done('adopt', '--yes', '--dir', 'second');
    expect((await refused('start', ...small))[1]).toBe('INSTALLATION_COPIED');
    await start('--dir', 'second');
    expect(await marker('second')).toBe('kept');
    await done('stop', '--dir', 'second');
    await done('adopt', '--yes');
    rmSync(desk.path('second'), { recursive: true });
    expect((await done('adopt')).stdout).toContain('Nothing to do');
    await start();
    expect(await marker()).toBe('kept');
  });
});

describe('a folder that was moved', () => {
  it.each(['while the platform runs', 'after it was stopped'])(
    'goes on, and says so: %s',
    async (when) => {
      if (when !== 'while the platform runs') await done('stop');
      renameSync(desk.path('proto'), desk.path('moved'));
      const { stderr } = await start('--dir', 'moved');
      expect(stderr).toContain(`was last used in ${desk.path('proto')}`);
      expect(await marker('moved')).toBe('kept');
      renameSync(desk.path('moved'), desk.path('proto'));
      await start();
      expect(await marker()).toBe('kept');
    },
  );
});

describe('something that starts the platform in a loop', () => {
  let loop: ChildProcess | undefined;
  const begin = () => {
    loop = spawn('sh', ['-c', 'while :; do docker compose up --detach; sleep 0.2; done &'], {
      cwd: desk.path('proto/backend'),
      detached: true,
      stdio: 'ignore',
    });
  };
  const end = async () => {
    if (loop?.pid !== undefined) process.kill(-loop.pid, 'SIGKILL');
    await compose('down');
  };

  it('is named by stop, and by an update that changes nothing then', async () => {
    const lock = () => readFile(desk.path('proto/.proto/lock.json'), 'utf8');
    begin();
    try {
      const [code, name, stderr] = await refused('stop');
      expect([code, name]).toEqual([3, 'PLATFORM_RESTARTED']);
      expect(stderr).toMatch(/sh \(process \d+/);
      expect(stderr).toMatch(/created 20\d\d-/);
      await publish(registry, { version: '2026.12.0', tags: ['stable'] });
      const before = await lock();
      expect((await refused('update', '--yes', '--no-backup')).slice(0, 2)).toEqual([
        3,
        'PLATFORM_RESTARTED',
      ]);
      expect(await lock()).toBe(before);
    } finally {
      await end();
    }
  });
});

describe('an older folder that was put back', () => {
  it('does not start its release on the newer data', async () => {
    copyWithOwners(desk.path('proto'), desk.path('older'));
    await done('update', '--yes', '--no-backup', '--start', ...small);
    rmSync(desk.path('proto'), { recursive: true });
    renameSync(desk.path('older'), desk.path('proto'));
    await done('stop');
    const [code, name, stderr] = await refused('start', ...small);
    expect([code, name]).toEqual([5, 'RELEASE_OLDER']);
    expect(stderr).toContain('2026.12.0');
    expect((await desk.run('check')).stdout).toContain('The data was last used with release');
    expect(await running()).toEqual(['']);
    await done('update', '--yes', '--no-backup', '--start', ...small);
    expect(await marker()).toBe('kept');
  });

  it('starts the older release after a rollback, which is a decision', async () => {
    await done('rollback', '--yes');
    await start();
    expect(await marker()).toBe('kept');
    await done('update', '--yes', '--no-backup', '--start', ...small);
  });
});

describe('data that was there and is gone', () => {
  const gone = async (...args: string[]) => (await refused(...args)).slice(0, 2);

  it.each(['pruned', 'pruned, and begun again by hand', 'only that of the database'])(
    'is not begun again unless it is asked for: %s',
    async (how) => {
      await done('backup', `${how.length}.tar`);
      await done('stop');
      if (how.startsWith('pruned')) await docker(['volume', 'prune', '--all', '--force']);
      else await docker(['volume', 'rm', `${project}_postgres-data`]);
      if (how.endsWith('by hand')) {
        await compose('up', '--detach', '--wait');
        // What runs now must not become the data that was there.
        await done('stop');
      }
      const [code, name, stderr] = await refused('start', ...small);
      expect([code, name], stderr).toEqual([5, 'DATA_GONE']);
      expect(stderr).toContain(`restore ${desk.path(`${how.length}.tar`)}`);
      expect(stderr).toContain('--begin-empty');
      expect(await gone('backup', 'empty.tar')).toEqual([5, 'DATA_GONE']);
      expect((await desk.run('check')).stdout).toContain('The platform has had data since');
      expect((await desk.json('status')).document.result.problems).toHaveLength(1);
      expect(await running()).toEqual(['']);
      const isThere = how.endsWith('by hand');
      expect((await desk.run('adopt', '--dry-run')).code).toBe(isThere ? 0 : 5);
      await done('restore', `${how.length}.tar`, '--yes');
      await start();
      expect(await marker()).toBe('kept');
    },
    240_000,
  );

  it('does not count as gone where volumes are pruned while they are used', async () => {
    await docker(['volume', 'prune', '--all', '--force']);
    await compose('down');
    await start();
    expect(await marker()).toBe('kept');
  });

  it('is begun again where that is asked for', async () => {
    await done('stop');
    await docker(['volume', 'prune', '--all', '--force']);
    await start('--begin-empty');
    expect(await marker()).toContain('relation "marker" does not exist');
    await done('stop');
    await start();
  });
});

describe('another data root of the engine', () => {
  let engine: Engine | undefined;
  const own = process.env.DOCKER_HOST;

  beforeAll(async () => {
    await done('psql', '-c', "create table if not exists marker as select 'kept' as word");
    await done('stop');
  });
  afterEach(async () => {
    desk.env.DOCKER_HOST = own;
    await engine?.stop();
  });

  it('has no data, which is not begun again', async () => {
    engine = await startEngine();
    desk.env.DOCKER_HOST = engine.host;
    expect((await refused('start', ...small)).slice(0, 2)).toEqual([5, 'DATA_GONE']);
    expect((await refused('backup', 'other.tar')).slice(0, 2)).toEqual([5, 'DATA_GONE']);
    expect((await desk.run('check')).stdout).toContain('docker info -f');
  });

  it('has the data that was moved there', async () => {
    const data = join(dirname(new URL(own ?? '').pathname), 'data');
    const prepare = `mkdir -p "$(dirname "$3")/data"; cp -a '${data}/volumes' "$(dirname "$3")/data/"`;
    engine = await startEngine(undefined, { prepare });
    desk.env.DOCKER_HOST = engine.host;
    await start();
    expect(await marker()).toBe('kept');
    await done('stop');
  }, 240_000);
});

describe('volumes from before owners were recorded', () => {
  it('are adopted once, which is said', async () => {
    await docker(['volume', 'rm', `${project}.proto-scaffold`]);
    const lock = desk.path('proto/.proto/lock.json');
    const { installation: _, ...old } = JSON.parse(await readFile(lock, 'utf8'));
    await writeFile(lock, JSON.stringify(old));
    rmSync(desk.path('proto/.proto/home.json'));
    for (const volume of [`${project}_postgres-data`, `${project}_bucket-data`]) {
      await docker(['volume', 'rm', volume]);
    }
    await compose('up', '--detach', '--wait');
    await done('psql', '-c', "create table marker as select 'old' as word");
    // A file backup beside it does not make the original a copy.
    copyWithOwners(desk.path('proto'), desk.path('proto.bak'));
    expect((await refused('restart', '--dir', 'proto.bak'))[1]).toBe('INSTALLATION_COPIED');
    await done('restart');
    await compose('down');
    expect((await refused('start', ...small))[1]).toBe('INSTALLATION_COPIED');
    rmSync(desk.path('proto.bak'), { recursive: true });
    expect((await start()).stderr).toContain('had no owner');
    expect(await marker()).toBe('old');
    await done('stop');
    expect((await start()).stderr).not.toContain('had no owner');
  });
});
