import { describe, expect, it } from 'vitest';
import type { Lock } from '../../src/installation/lock.ts';
import {
  type BundleState,
  bundleSources,
  chooseState,
  lockedImages,
  planRollback,
  type RollbackInput,
} from '../../src/rollback/plan-rollback.ts';
import { Secret } from '../../src/secret.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

/** The lock file of a release with one bundle, by a letter for all that is its own. */
function lock(letter: string, folder = 'frontend'): Lock {
  return {
    formatVersion: 1,
    program: '1',
    customer: 'example-bank',
    hosting: 'on-premise',
    release: { tag: 'stable', version: letter },
    registry: 'registry.example',
    namespace: 'proto',
    project: 'proto',
    group: 1000,
    appliedAt: '',
    appliedBy: 'init',
    images: { platform: { repository: 'proto/platform', tag: 'stable', digest: digest(letter) } },
    bundles: {
      'web-app': { repository: 'proto/web-app', tag: 'stable', digest: digest(letter), folder },
    },
    files: { 'a.toml': letter },
  };
}

const keeper = (n: number, letter: string, ...folders: string[]): BundleState => ({
  n,
  lock: lock(letter),
  folders,
});

describe('where the static bundle of a state lies', () => {
  it('is its place, where the release is the same', () => {
    const states = [keeper(1, 'a', 'frontend'), keeper(2, 'b', 'frontend')];
    expect(bundleSources({ n: 1, lock: lock('a') }, states, lock('a'))).toEqual([
      { folder: 'frontend', from: 'here' },
    ]);
  });

  it('is the first state from then on that has one: settings do not move a bundle', () => {
    const states = [keeper(2, 'a'), keeper(3, 'a', 'frontend'), keeper(4, 'b', 'frontend')];
    expect(bundleSources({ n: 2, lock: lock('a') }, states, lock('c'))).toEqual([
      { folder: 'frontend', from: 3 },
    ]);
  });

  it.each([
    ['no state has one', [keeper(2, 'a'), keeper(3, 'b')]],
    ['the one that is there is of another release', [keeper(2, 'a'), keeper(3, 'b', 'frontend')]],
  ])('cannot be told where %s', (_, states) => {
    expect(() => bundleSources({ n: 2, lock: lock('a') }, states, lock('c'))).toThrowError(
      'The static bundle web-app of state 2 is no longer available.',
    );
  });
});

it('the images of a lock file are named once each, pinned', () => {
  const { images, ...rest } = lock('a');
  const two = { ...rest, images: { ...images, again: images.platform as never } };
  expect(lockedImages(two)).toEqual([`registry.example/proto/platform:stable@${digest('a')}`]);
});

describe('the state that rollback means', () => {
  const config = (n: number) => ({ n, state: { kind: 'config' as const } });
  const release = (n: number) => ({ n, state: { kind: 'release' as const } });

  it('is the newest that a change of release has ended', () => {
    expect(chooseState([release(1), release(2), config(3), { n: 4 }], undefined)).toBe(2);
  });

  it('is the one that was named, damaged or not', () => {
    expect(chooseState([release(1), { n: 2 }], 2)).toBe(2);
  });

  it.each([
    [[], undefined, 'nothing has changed since init'],
    [[], 3, 'nothing has changed since init'],
    [[config(1)], undefined, 'only settings have changed'],
    [[release(1), config(4)], 3, 'State 3 does not exist. Available states: 1, 4.'],
  ])('of %j for %j is none', (states, n, message) => {
    expect(() => chooseState(states, n)).toThrowError(message);
  });
});

describe('the plan of a rollback', () => {
  const file = (sha256: string) => ({ sha256, content: new Secret(`text of ${sha256}`) });
  const input: RollbackInput = {
    installation: '/srv/proto',
    target: {
      n: 1,
      lock: lock('a'),
      files: new Map([
        ['same', file('1')],
        ['edited', file('1')],
        ['lost', file('1')],
      ]),
    },
    states: [
      { ...keeper(1, 'a', 'frontend'), absent: ['new'] },
      { ...keeper(2, 'b'), absent: ['beside', 'never'] },
    ],
    now: {
      lock: lock('b'),
      files: new Map([
        ['same', file('1')],
        ['edited', file('2')],
        ['new', file('2')],
        ['beside', file('2')],
        ["the operator's own", file('2')],
      ]),
      base: new Map([
        ['same', '1'],
        ['new', '2'],
      ]),
    },
    override: undefined,
    missing: [],
    running: false,
  };

  it('puts back what was there, takes away what came since, and leaves all else alone', () => {
    const { plan, restored, removed, nothingToDo } = planRollback(input);
    expect(plan.files.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'delete beside',
      'update edited',
      'create lost',
      'delete new',
    ]);
    expect(restored).toEqual([{ folder: 'frontend', from: 1 }]);
    expect(removed).toEqual([]);
    expect(nothingToDo).toBe(false);
  });

  it('leaves a file that the override file uses', () => {
    const text = 'services: { own: { image: i, env_file: ../new, volumes: ["../beside:/b"] } }';
    const override = { name: 'compose.override.yml', text };
    expect(planRollback({ ...input, override }).plan.files.map(({ path }) => path)).toEqual([
      'edited',
      'lost',
    ]);
  });

  it('pulls before it stops, and stops before it touches anything', () => {
    const { plan } = planRollback({ ...input, missing: ['image'], running: true });
    expect(plan.actions).toEqual([
      { kind: 'pull', images: ['image'] },
      { kind: 'stop' },
      { kind: 'restore-bundle', folder: 'frontend', state: 1 },
    ]);
  });

  it('takes a bundle away that the state did not have, by its folder', () => {
    const now = { ...input.now, lock: lock('b', 'website') };
    const { plan, removed } = planRollback({ ...input, now });
    expect(removed).toEqual(['website']);
    expect(plan.actions).toContainEqual({ kind: 'remove-bundle', folder: 'website' });
  });

  const same: RollbackInput = {
    ...input,
    states: [],
    now: { lock: lock('a'), files: input.target.files, base: new Map([['a.toml', 'a']]) },
  };

  it('is empty where all is as it was then', () => {
    expect(planRollback(same).nothingToDo).toBe(true);
  });

  it('writes, pulls and stops nothing where all is as it was then', () => {
    expect(planRollback(same).plan).toMatchObject({ actions: [], files: [] });
  });

  it('is not empty where one file of the merge base alone is another', () => {
    const target = { ...same.target, lock: { ...lock('a'), files: { 'a.toml': 'a', b: 'b' } } };
    const of = (b: string) => {
      const base = new Map([...same.now.base, ['b', b]]);
      return planRollback({ ...same, target, now: { ...same.now, base } }).nothingToDo;
    };
    expect([of('b'), of('x')]).toEqual([true, false]);
  });

  it.each([
    ['bundle that comes', lock('b', 'website'), lock('a'), { restored: 1, removed: 1 }],
    ['bundle that goes', lock('a'), { ...lock('a'), bundles: {} }, { restored: 0, removed: 1 }],
  ])('is not empty for a %s alone', (_, present, then, { restored, removed }) => {
    const target = { ...same.target, lock: then };
    const states = [{ ...keeper(1, 'a', 'frontend'), absent: [] }];
    const computed = planRollback({ ...same, states, target, now: { ...same.now, lock: present } });
    expect([computed.restored.length, computed.removed.length]).toEqual([restored, removed]);
    expect(computed.nothingToDo).toBe(false);
  });

  describe('with an override file', () => {
    const path = 'backend/docker-compose.yml';
    const compose = (...names: string[]) => {
      const services = names.map((name) => `  ${name}:\n    image: i\n`).join('');
      return [
        path,
        { sha256: names.join(), content: new Secret(`services:\n${services}`) },
      ] as const;
    };
    const override = { name: 'compose.override.yml', text: 'services:\n  late:\n    init: true\n' };
    const rolledBack = (before: string[], after: string[]) =>
      planRollback({
        ...same,
        override,
        target: { ...same.target, files: new Map([compose(...after)]) },
        now: { ...same.now, files: new Map([compose(...before)]) },
      });

    it('is refused where a service of it did not exist then, with its line', () => {
      expect(() => rolledBack(['a', 'late'], ['a'])).toThrow(
        expect.objectContaining({
          code: 'OVERRIDE_SERVICE_GONE',
          faults: [
            expect.objectContaining({
              file: 'backend/compose.override.yml',
              line: 2,
              key: 'services.late',
            }),
          ],
        }),
      );
    });

    it('goes on where it did, or where the service is the operator’s own', () => {
      expect(rolledBack(['a', 'late'], ['late']).plan.files).toHaveLength(1);
      expect(rolledBack(['a'], ['b']).plan.files).toHaveLength(1);
      expect(planRollback({ ...same, override }).nothingToDo).toBe(true);
    });
  });

  it.each([
    ['the merge base is another', { base: new Map([['a.toml', 'x']]) }],
    [
      'the merge base has a file more',
      {
        base: new Map([
          ['a.toml', 'a'],
          ['b', 'b'],
        ]),
      },
    ],
    ['the registry is another', { lock: { ...lock('a'), registry: 'elsewhere.example' } }],
    ['a digest is another', { lock: { ...lock('a'), images: lock('b').images } }],
  ])('is not empty where %s', (_, change) => {
    expect(planRollback({ ...same, now: { ...same.now, ...change } }).nothingToDo).toBe(false);
  });
});
