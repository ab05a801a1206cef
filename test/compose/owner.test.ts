import { describe, expect, it } from 'vitest';
import type { ComposeVolume } from '../../src/compose/docker-answers.ts';
import {
  identityLabel,
  judgeOwnership,
  type OwnershipFacts,
  ownerIn,
  ownerLabels,
  ownerOfLock,
  ownerProblems,
} from '../../src/compose/owner.ts';
import type { Home } from '../../src/installation/home.ts';
import { parseHome, stringifyHome } from '../../src/installation/home.ts';
import type { Lock } from '../../src/installation/lock.ts';

const image = (version: string) => ({
  repository: 'proto/postgres',
  tag: 'stable',
  digest: `sha256:${version.replaceAll('.', '').padEnd(64, '0')}`,
  version,
});

const lock = {
  formatVersion: 1,
  program: '0.1.0',
  customer: 'example-bank',
  hosting: 'on-premise',
  installation: 'identity-1',
  release: { tag: 'stable', version: '2026.11.0' },
  registry: 'r',
  namespace: 'proto',
  project: 'proto-1a2b3c',
  group: 1000,
  appliedAt: '2026-11-30T10:00:00.000Z',
  appliedBy: 'init',
  images: { postgres: image('2026.11.0') },
  bundles: {},
  files: {},
} as Lock;

const home: Home = {
  formatVersion: 1,
  installation: 'identity-1',
  folder: '/srv/proto',
  since: '2026-11-01T00:00:00.000Z',
  volumes: { 'postgres:/data': { name: 'p_d', createdAt: '2026-11-01T00:00:01Z' } },
  ownerCreatedAt: '2026-11-01T00:00:00Z',
};

const wanted: ComposeVolume = {
  key: 'd',
  name: 'p_d',
  service: 'postgres',
  target: '/data',
  special: false,
  labels: {},
};

const data = { createdAt: '2026-11-01T00:00:01Z', labels: {} };
const owner = { ...ownerOfLock('/srv/proto', lock), createdAt: '2026-11-01T00:00:00Z' };

const judge = (change: Partial<OwnershipFacts> = {}) =>
  judgeOwnership({
    folder: '/srv/proto',
    lock,
    home,
    owner,
    present: new Map([['p_d', data]]),
    wanted: [wanted],
    others: [],
    running: [],
    startedHere: false,
    ...change,
  });

const fine = { unowned: [] };

describe('whose data it is', () => {
  it('is read back from the labels', () => {
    const written = ownerOfLock('/srv/proto', lock);
    expect(ownerIn(ownerLabels(written))).toEqual(written);
    expect(ownerIn({ [identityLabel]: 'x' })).toBeUndefined();
    expect(ownerIn({ ...ownerLabels(written), 'proto-scaffold.images': '{' })?.versions).toEqual(
      {},
    );
  });

  it('is kept in the folder, and a damaged file is reported', () => {
    expect(parseHome(stringifyHome(home), 'home.json')).toEqual(home);
    for (const text of ['', '{', '[]', '{"formatVersion":2}']) {
      expect(() => parseHome(text, 'home.json')).toThrow('home.json is damaged');
    }
  });

  it.each<[string, Partial<OwnershipFacts>, object]>([
    ['the folder that used it last', {}, fine],
    ['one that was used before there were owners', { owner: undefined }, fine],
    ['a copy', { folder: '/copy', others: ['/srv/proto'] }, { copyOf: '/srv/proto', unowned: [] }],
    [
      'a copy, as only its own file says',
      { folder: '/copy', owner: undefined, others: ['/srv/proto'] },
      { copyOf: '/srv/proto', unowned: [] },
    ],
    [
      'a copy of what was never started',
      {
        folder: '/copy',
        owner: undefined,
        present: new Map(),
        others: ['/srv/proto'],
        home: { ...home, volumes: {} },
      },
      { movedFrom: '/srv/proto', unowned: [] },
    ],
    ['one that runs from a copy', { running: ['/copy'] }, { startedFrom: '/copy', unowned: [] }],
    [
      'one that runs from the other, without a record',
      { owner: undefined, running: ['/copy'] },
      { copyOf: '/copy', unowned: [] },
    ],
    [
      'one of two without a record',
      { owner: undefined, home: undefined, others: ['/srv/other'] },
      { twin: '/srv/other', unowned: [] },
    ],
    [
      'the one of two from which it runs',
      { owner: undefined, home: undefined, others: ['/srv/other'], startedHere: true },
      { unowned: ['p_d'] },
    ],
    ['one that was moved', { folder: '/new' }, { movedFrom: '/srv/proto', unowned: [] }],
    [
      'another installation, as the owner says',
      { owner: { ...owner, identity: 'other' } },
      {
        foreign: { volumes: ['proto-1a2b3c.proto-scaffold', 'p_d'], identity: 'other' },
        unowned: [],
      },
    ],
    [
      'another installation, as a volume says',
      { present: new Map([['p_d', { ...data, labels: { [identityLabel]: 'other' } }]]) },
      { foreign: { volumes: ['p_d'], identity: 'other' }, unowned: [] },
    ],
    ['nobody that is known', { owner: undefined, home: undefined }, { unowned: ['p_d'] }],
    [
      'ours by its label',
      {
        owner: undefined,
        home: undefined,
        present: new Map([['p_d', { ...data, labels: { [identityLabel]: 'identity-1' } }]]),
      },
      fine,
    ],
  ])('%s', (_, change, expected) => {
    expect(judge(change)).toEqual(expected);
  });
});

describe('data that was there', () => {
  const gone = { gone: { volumes: ['p_d'], since: home.since }, unowned: [] };
  const later = new Map([['p_d', { ...data, createdAt: '2026-11-30T00:00:00Z' }]]);

  it.each<[string, Partial<OwnershipFacts>, object]>([
    ['is gone with its volume', { present: new Map() }, gone],
    ['is gone with its volume, without an owner', { present: new Map(), owner: undefined }, gone],
    ['is gone where the volume was created later', { present: later, owner: undefined }, gone],
    ['is gone where only that volume was created later', { present: later }, gone],
    [
      'is there where everything was created later: another data root',
      { present: later, owner: { ...owner, createdAt: '2026-11-30T00:00:00Z' } },
      fine,
    ],
    [
      'is there where the driver does not say when',
      { present: new Map([['p_d', { labels: {} }]]) },
      fine,
    ],
    [
      'is there in another volume that the operator names',
      { wanted: [{ ...wanted, name: 'mine' }], present: new Map([['mine', data]]) },
      fine,
    ],
    [
      'is gone where the operator names a volume that does not exist',
      { wanted: [{ ...wanted, name: 'mine' }] },
      { gone: { volumes: ['mine'], since: home.since }, unowned: [] },
    ],
    ['is elsewhere where the service has a folder now', { wanted: [], present: new Map() }, fine],
    ['counts also where the files cannot be read', { wanted: undefined, present: new Map() }, gone],
  ])('%s', (_, change, expected) => {
    expect(judge(change)).toEqual(expected);
  });
});

describe('a release that is older than the data', () => {
  const used = (version: string, appliedAt: string, release = '2026.12.0') => ({
    ...owner,
    release,
    appliedAt,
    versions: { 'proto/postgres': image(version) },
  });
  const before = '2026-11-29T00:00:00.000Z';
  const after = '2026-11-30T11:00:00.000Z';

  it.each<[string, OwnershipFacts['owner'], boolean]>([
    ['was applied before', used('2026.12.0', after), true],
    ['has versions that cannot be compared', used('next', after), true],
    ['was applied later: a rollback', used('2026.12.0', before), false],
    ['is the same', used('2026.11.0', after), false],
    ['is newer in spite of the clock', used('2026.10.0', after), false],
  ])('%s', (_, found, expected) => {
    expect(judge({ owner: found }).newer !== undefined).toBe(expected);
  });

  it('has both versions', () => {
    const [problem] = ownerProblems('/srv/proto', lock, judge({ owner: used('2026.12.0', after) }));
    expect(problem).toMatchObject({
      code: 'RELEASE_OLDER',
      message: expect.stringContaining('proto/postgres 2026.12.0 there, 2026.11.0 here'),
    });
  });
});

it('every problem has a remedy that is a command', () => {
  const pairs = [{ repository: 'a', ours: '1', theirs: '2' }];
  const all = ownerProblems('/srv/my proto', lock, {
    copyOf: '/other',
    twin: '/twin',
    startedFrom: '/from',
    foreign: { volumes: ['v'], identity: 'i' },
    gone: { volumes: ['v'], since: undefined },
    newer: { release: '2', pairs },
    unowned: [],
  });
  expect(all.map(({ code }) => code)).toEqual([
    'INSTALLATION_COPIED',
    'INSTALLATION_COPIED',
    'VOLUME_FOREIGN',
    'DATA_GONE',
    'RELEASE_OLDER',
    undefined,
  ]);
  for (const { hint } of all) expect(hint).toMatch(/`proto-scaffold \w+/);
  expect(all[0]?.hint).toContain("adopt --dir '/srv/my proto'");
});
