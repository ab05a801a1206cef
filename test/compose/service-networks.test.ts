import { describe, expect, it } from 'vitest';
import { serviceChanges } from '../../src/compose/service-changes.ts';
import { networksFor, networksOf } from '../../src/compose/service-networks.ts';
import { servicesOf } from '../../src/release/release.ts';
import { installed, release } from '../support/releases.ts';

const described = (hosting: 'on-premise' | 'hybrid') =>
  servicesOf(release('2026.11.0').release, hosting);
const networks = (hosting: 'on-premise' | 'hybrid') =>
  Object.fromEntries(
    described(hosting).map(([name, service]) => [
      name,
      networksFor(name, service, described(hosting)) ?? ['default'],
    ]),
  );

describe('the networks of the services', () => {
  it('keep database and bucket from each other, and have no way out where nothing is published', () => {
    expect(networks('on-premise')).toEqual({
      platform: ['default', 'postgres', 'bucket'],
      chatbot: ['default', 'postgres', 'bucket'],
      msgrouter_ws: ['default'],
      postgres: ['postgres'],
      bucket: ['bucket'],
    });
    expect(networksOf(described('on-premise'))).toEqual([
      { name: 'default', internal: false },
      { name: 'postgres', internal: true },
      { name: 'bucket', internal: true },
    ]);
  });

  it('are not internal with hybrid hosting, where both are published', () => {
    expect(networks('hybrid')).toEqual({ postgres: ['postgres'], bucket: ['bucket'] });
    expect(networksOf(described('hybrid')).map(({ internal }) => internal)).toEqual([false, false]);
  });

  it('are the one of before for a release that names none', () => {
    const older = servicesOf(release('2026.9.0').release, 'on-premise');
    expect(networksOf(older)).toEqual([{ name: 'default', internal: false }]);
    for (const [name, service] of older) expect(networksFor(name, service, older)).toBeUndefined();
  });
});

describe('what an update changes for the services', () => {
  const compose = (services: string) => `services:\n${services}`;
  const ofRelease = new Set(['platform', 'postgres']);
  const changes = (before: string, after: string, override?: string) =>
    serviceChanges({
      before: compose(before),
      after: compose(after),
      override:
        override === undefined
          ? undefined
          : { name: 'docker-compose.override.yml', text: compose(override) },
      ofRelease,
    });

  it('is said in words, each thing once', () => {
    const after = `  postgres: { image: b, cap_drop: [ALL], cap_add: [CHOWN], security_opt: [no-new-privileges:true],
    read_only: true, tmpfs: [/tmp], user: "999", group_add: ["65533"], networks: [postgres], command: [x],
    deploy: { resources: { limits: { memory: 8m, pids: 100 } } } }\n`;
    const before = `  postgres: { image: a, group_add: ["0"], deploy: { resources: { limits: { memory: 8m } } } }\n`;
    expect(changes(before, after)).toEqual([
      {
        service: 'postgres',
        changes: [
          'has no other kernel capabilities than CHOWN',
          'cannot gain rights (no-new-privileges)',
          'has a root file system that cannot be written',
          'has in memory: /tmp',
          'runs as user 999',
          'is in group 65533, no longer in 0',
          'has at most 100 processes',
          'is on the network postgres only',
          'has other settings: command',
        ],
      },
    ]);
    expect(changes(after, after)).toEqual([]);
  });

  it('is said the other way round, too', () => {
    const hard = '  postgres: { cap_drop: [ALL], read_only: true, user: x, tmpfs: /tmp }\n';
    expect(changes(hard, '  postgres: {}\n')[0]?.changes).toEqual([
      "has the engine's own set of kernel capabilities again",
      'has a root file system that can be written',
      'has no folder in memory',
      'runs as the user of its image',
    ]);
  });

  it('names services of the operator that lose a connection, with the remedy', () => {
    const before = '  platform: {}\n  postgres: {}\n';
    const after =
      '  platform: { networks: [default, postgres] }\n  postgres: { networks: [postgres] }\n';
    expect(changes(before, after, '  dumper: { image: x }\n').at(-1)).toEqual({
      service: 'dumper',
      changes: [
        'no longer reaches postgres. If it needs them, add to it in backend/docker-compose.override.yml: networks: [default, postgres]',
      ],
    });
    const joined = '  dumper: { networks: [default, postgres] }\n';
    const others = (override: string) =>
      changes(before, after, override).filter(({ service }) => service === 'dumper');
    expect(others(joined)).toEqual([]);
    // One on the network of the host reaches none of them by name before either.
    expect(others('  dumper: { network_mode: host }\n')).toEqual([]);
    // The operator's override may keep the database where it was.
    expect(others('  postgres: { networks: [default] }\n  dumper: {}\n')).toEqual([]);
  });

  it('is nothing for an installation that stays as it is', () => {
    const { current } = installed('2026.11.0');
    const text = current.get('backend/docker-compose.yml') ?? '';
    expect(serviceChanges({ before: text, after: text, override: undefined, ofRelease })).toEqual(
      [],
    );
  });
});
