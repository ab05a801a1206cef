import {
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portsOf } from '../../../src/checks/facts/published-ports.ts';
import {
  parseComposeModel,
  parseContainers,
  parseImages,
  parseMemory,
  parseNames,
  parseVolumeSizes,
} from '../../../src/compose/docker-answers.ts';
import { dockerFailure } from '../../../src/compose/docker-failures.ts';
import { unknownServices } from '../../../src/compose/override.ts';
import { reachOfServices } from '../../../src/compose/service-reach.ts';
import { UserError } from '../../../src/errors.ts';
import { parseLock } from '../../../src/installation/lock.ts';
import { wildYaml } from '../../../src/lib/text/text-limits.ts';
import { mergeYaml } from '../../../src/merge/merge-yaml.ts';
import { parseRelease } from '../../../src/release/parse-release.ts';
import { parseToml } from '../../../src/toml/parse-toml.ts';
import { readJournal } from '../../../src/transaction/journal.ts';
import { writeInstallation } from '../../support/disk-installation.ts';
import { Desk } from '../../support/program.ts';
import { installed } from '../../support/releases.ts';

/** What the attackers have found once, each as small as it can be. */

const refusal = (act: () => unknown): string => {
  try {
    act();
    return 'taken';
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
};

describe('docker', () => {
  it.each([
    ['compose config', parseComposeModel],
    ['container inspect', parseContainers],
    ['image inspect', parseImages],
    ['stats', parseMemory],
    ['system df', parseVolumeSizes],
    ['volume ls', parseNames],
  ])('%s that prints something else is reported of as that', (_name, read) => {
    for (const text of ['null', 'WARNING: x', '[[]]', '{"Volumes":1}']) {
      expect([text, refusal(() => read(text))]).toEqual([text, 'DOCKER_FAILED']);
    }
  });
});

describe('an override whose secret has slipped out of its place', () => {
  const compose = 'services:\n  platform:\n    image: x\n';
  it.each(['  "s3cret/+ key"', '  s3cret', '  s3cret: ""', '  "s3cret/+ key": {}'])(
    'tells nothing of it: %s',
    (line) => {
      expect(unknownServices(`services:\n  platform:\n${line}\n`, compose).strange).toEqual([]);
    },
  );

  it('is still told of a misspelt service', () => {
    const override = 'services:\n  platfrom:\n    mem_limit: 1g\n';
    expect(unknownServices(override, compose).strange).toEqual([{ service: 'platfrom', line: 2 }]);
  });
});

describe('YAML that would use up the stack, or minutes', () => {
  it.each([
    ['brackets', '['.repeat(20_000)],
    ['what closes nothing', '}'.repeat(20_000)],
    ['lists in lists', `${'- '.repeat(5000)}x`],
    ['indentation', Array.from({ length: 2500 }, (_, n) => `${' '.repeat(n)}a:`).join('\n')],
    ['aliases', `a: &a x\nb: [${'*a, '.repeat(6000)}*a]`],
    ['tags', '!!js '.repeat(20_000)],
  ])('is not even parsed: %s', (_what, text) => {
    const begun = performance.now();
    expect(wildYaml(text)?.message).toMatch(/^(is nested|has too many|is longer)/);
    expect(refusal(() => parseRelease(text))).toBe('TEMPLATES_INVALID');
    expect(portsOf(reachOfServices([text]))).toEqual([]);
    expect(mergeYaml('a: 1\n', text, 'a: 2\n', { onConflict: 'ours' }).kind).toBe('unreadable');
    // What an operator takes for a hang; not parsed, it takes milliseconds.
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it.each([
    ['quotes', '"'.repeat(120_000)],
    ['a line', 'x'.repeat(1_100_000)],
    ['services', Array.from({ length: 60_000 }, (_, n) => `a${n}:`).join('\n')],
  ])('is not even parsed where it is endless: %s', (_what, text) => {
    expect(wildYaml(text)?.message).toMatch(/^(has more|is longer) than/);
    expect(portsOf(reachOfServices([text]))).toEqual([]);
  });

  it('is none that anybody writes', () => {
    const compose = installed('2026.11.0').current.get('backend/docker-compose.yml') ?? '';
    expect(wildYaml(compose)).toBeUndefined();
    expect(wildYaml(`a: "${'['.repeat(200)}" # ${']'.repeat(200)}`)).toBeUndefined();
  });
});

it.each(['docker-credential-x', 'permission denied ', 'open config.json ', 'login attempt '])(
  'what docker says is reported, however much of it there is: %s',
  (words) => {
    const begun = performance.now();
    expect(dockerFailure(words.repeat(100_000), 'x').message.length).toBeLessThan(1000);
    // It took minutes.
    expect(performance.now() - begun).toBeLessThan(5000);
  },
);

it.each([
  ['tables', '[[a]]\n'.repeat(40_000)],
  ['values', `a = [${'1, '.repeat(120_000)}]`],
  ['a line', `a = "${'x'.repeat(1_100_000)}"`],
])('TOML that a command would read for seconds is not even parsed: %s', (_what, text) => {
  const parsed = parseToml(text);
  expect(parsed.ok === false && parsed.fault.message).toMatch(
    /^The file (has more|is longer) than/,
  );
});

it('a journal that is not a journal is not held in memory, however large it is', async () => {
  const desk = new Desk();
  mkdirSync(desk.path('.proto'));
  desk.write('.proto/journal.json', '');
  truncateSync(desk.path('.proto/journal.json'), 100 * 1024 ** 2);
  await expect(readJournal(desk.folder)).rejects.toMatchObject({ code: 'JOURNAL_INVALID' });
  desk.remove();
});

it('a release description that only begins like JSON is read as YAML', () => {
  expect(refusal(() => parseRelease('{'))).toBe('TEMPLATES_INVALID');
});

describe('a state that names a path outside of the installation', () => {
  let desk: Desk;
  beforeEach(async () => {
    desk = new Desk();
    desk.putOnPath('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    mkdirSync(desk.path('proto'));
    writeInstallation(desk.path('proto'), installed('2026.11.0'));
  });
  afterEach(() => desk.remove());

  const edit = (path: string, change: (data: any) => void) => {
    const data = JSON.parse(readFileSync(desk.path('proto', path), 'utf8'));
    change(data);
    writeFileSync(desk.path('proto', path), JSON.stringify(data));
  };

  it.each(['../outside', '/outside', 'a/../../outside', 'a\0b', 'a//b', ''])(
    'is damaged: %j',
    async (path) => {
      expect((await desk.run('config', 'set', 'database.port', '5433')).code).toBe(0);
      desk.write('outside', 'mine');
      const meta = '.proto/history/1/meta.json';
      edit(meta, (data) => data.absent.push(path));
      const removal = await desk.json('rollback', '1', '--yes');
      expect(removal.document.error.code).toBe('STATE_DAMAGED');
      edit(meta, (data) => {
        data.absent = [];
        data.files[path] = { mode: 0o644, sha256: '0'.repeat(64) };
      });
      const writing = await desk.json('rollback', '1', '--yes');
      expect(writing.document.error.code).toBe('STATE_DAMAGED');
      expect(readFileSync(desk.path('outside'), 'utf8')).toBe('mine');
    },
  );

  it('is not a lock file', () => {
    const text = readFileSync(desk.path('proto/.proto/lock.json'), 'utf8');
    const { bundles, files } = JSON.parse(text);
    const [bundle] = Object.values<any>(bundles);
    const changed = (change: object) => JSON.stringify({ ...JSON.parse(text), ...change });
    expect(refusal(() => parseLock(text, 'x'))).toBe('taken');
    for (const path of ['../x', '/x', '.', 'a\0']) {
      const folder = changed({ bundles: { x: { ...bundle, folder: path } } });
      expect(refusal(() => parseLock(folder, 'x'))).toBe('LOCK_INVALID');
      const file = changed({ files: { ...files, [path]: '0'.repeat(64) } });
      expect(refusal(() => parseLock(file, 'x'))).toBe('LOCK_INVALID');
    }
  });
});

describe('a symbolic link', () => {
  let desk: Desk;
  beforeEach(() => {
    desk = new Desk();
    mkdirSync(desk.path('proto'));
    writeInstallation(desk.path('proto'), installed('2026.11.0'));
    mkdirSync(desk.path('elsewhere'));
    desk.write('elsewhere/kept', 'mine');
  });
  afterEach(() => desk.remove());

  const plant = (path: string, target: string) => {
    symlinkSync(desk.path('elsewhere', target), desk.path('proto', path));
  };

  it.each([
    ['.proto/staging', ''],
    ['.proto/history', ''],
    ['.proto/journal.json', 'kept'],
    ['.proto/guard.json', 'kept'],
  ])('planted at %s is not written through', async (path, target) => {
    plant(path, target);
    const { code, stderr } = await desk.run('config', 'set', 'database.port', '5433');
    expect([code, stderr]).not.toEqual([1, expect.anything()]);
    expect(stderr).not.toContain('This is a bug');
    expect(readFileSync(desk.path('elsewhere/kept'), 'utf8')).toBe('mine');
    expect(desk.tree()['elsewhere/new'] ?? desk.tree()['elsewhere/1']).toBeUndefined();
    expect(existsSync(desk.path('elsewhere/files'))).toBe(false);
  });
});
