import { describe, expect, it } from 'vitest';
import { serviceStates } from '../../src/compose/service-health.ts';
import { readRecord } from '../../src/installation/backup-record.ts';
import { duration, formatMemory } from '../../src/lib/terminal/words.ts';
import {
  type PlatformStatus,
  type ServiceStatus,
  serviceStatus,
} from '../../src/status/platform-status.ts';
import { statusLines } from '../../src/status/status-lines.ts';
import { installed } from '../support/releases.ts';

const service: ServiceStatus = {
  service: 'chatbot',
  standing: 'ready',
  state: 'healthy',
  startedAt: '2026-11-26T13:59:22Z',
  uptimeSeconds: 7500,
  restarts: 2,
  memoryBytes: 7_733_248,
  memoryLimitBytes: 8 * 1024 ** 3,
  ports: [{ address: '127.0.0.1', port: 8081, containerPort: '8080/tcp' }],
  digest: `sha256:${'1'.repeat(64)}`,
  asLocked: true,
};
const absent: ServiceStatus = {
  ...service,
  service: 'mine',
  standing: 'absent',
  state: 'not running',
  startedAt: null,
  uptimeSeconds: null,
  restarts: null,
  memoryBytes: null,
  memoryLimitBytes: null,
  ports: [],
  digest: null,
  asLocked: null,
};
const status: PlatformStatus = {
  installation: '/srv/proto',
  release: { tag: 'stable', version: '2026.11.0' },
  appliedAt: '2026-11-26T13:59:22.123Z',
  appliedBy: 'update',
  project: 'proto-1a2b3c',
  engine: true,
  healthy: true,
  problems: [],
  services: [service],
  images: { onHost: 5, missing: 0, bytes: 513_000_000 },
  volumes: [
    { name: 'a', bytes: 48_000_000 },
    { name: 'b', bytes: null },
  ],
  login: { registry: 'r', kind: 'token', expiresAt: null, secondsLeft: 3900 },
  certificate: null,
  backup: null,
  ignored: {},
};
const text = (change: Partial<PlatformStatus> = {}) =>
  statusLines({ ...status, ...change }).join('\n');

describe('the status for a person', () => {
  it('is a table, and what will need care', () => {
    expect(text()).toBe(
      [
        '/srv/proto: release 2026.11.0 (stable), since 2026-11-26 13:59 UTC (update)',
        'The platform is running and healthy.',
        '',
        'service  state    up                     memory            ports           image',
        'chatbot  healthy  2 h 5 min, 2 restarts  7.4 MiB of 8 GiB  127.0.0.1:8081  as locked',
        '',
        'volumes  a 48 MB, b unknown size',
        'images   5 of this release on the host, 513 MB',
        'login    to r, 1 h 5 min left',
        'backup   none',
      ].join('\n'),
    );
  });

  it('names what is not healthy, and what does not run', () => {
    const unhealthy = { ...service, standing: 'failed', state: 'unhealthy' } as const;
    expect(text({ healthy: false, services: [unhealthy, absent] })).toContain(
      'Not healthy: chatbot (unhealthy), mine (not running).',
    );
    expect(text({ healthy: false, services: [absent] })).toContain('The platform is not running.');
    expect(text({ services: [{ ...service, asLocked: false }] })).toContain(
      'DIFFERS FROM lock.json',
    );
    expect(text({ services: [absent] })).toMatch(/^mine +not running +- +- +- +your own$/m);
  });

  it('says what is known without an engine', () => {
    const none = text({ engine: false, healthy: false, images: null, volumes: [] });
    expect(none).toContain('It is unknown whether the platform is running');
    expect(none).toMatch(/^volumes +unknown$/m);
    expect(none).toMatch(/^images +unknown$/m);
  });

  it.each([
    [{ kind: 'none' }, /not logged in to r\. To log in: proto-scaffold login/],
    [{ kind: 'helper' }, /new login for every pull/],
    [{ kind: 'elsewhere' }, /stored by another credential helper/],
    [{ kind: 'token', secondsLeft: null }, /unknown expiry/],
    [{ kind: 'token', secondsLeft: -1 }, /has expired\. To log in: proto-scaffold login/],
  ] as const)('says of a login %j what it is', (change, expected) => {
    expect(text({ login: { ...status.login, ...change } })).toMatch(expected);
  });

  it('says how long the certificate holds, and when the last backup was made', () => {
    const certificate = {
      file: '/tls/cert.pem',
      validTo: '2027-01-01T00:00:00.000Z',
      daysLeft: 35,
      problem: null,
    };
    expect(text({ certificate })).toMatch(
      /^certificate +\/tls\/cert\.pem, 35 days left \(2027-01-01\)$/m,
    );
    const incomplete = {
      ...certificate,
      problem: 'The file has only the certificate of this host',
    };
    expect(text({ certificate: incomplete })).toMatch(
      /35 days left \(2027-01-01\)\. The file has only the certificate of this host$/m,
    );
    expect(text({ certificate: { ...certificate, daysLeft: 0 } })).toContain(
      '/tls/cert.pem, 0 days left (2027-01-01)',
    );
    expect(text({ certificate: { ...certificate, daysLeft: -1 } })).toContain(
      'HAS EXPIRED on 2027-01-01',
    );
    const unknown = {
      ...certificate,
      validTo: null,
      daysLeft: null,
      problem: 'file not found',
    };
    expect(text({ certificate: unknown })).toContain('/tls/cert.pem: file not found');
    const backup = {
      file: '/b.tar',
      createdAt: '2026-11-20T02:00:00Z',
      bytes: 1e9,
      release: '2026.11.0',
    };
    expect(text({ backup })).toMatch(
      /^backup +2026-11-20 02:00 UTC, release 2026\.11\.0, 1\.0 GB: \/b\.tar$/m,
    );
  });
});

describe('the status of a service', () => {
  const { lock } = installed('2026.11.0');
  const pinned = lock.images.chatbot;
  const container = {
    id: 'c1',
    name: 'proto-chatbot-1',
    service: 'chatbot',
    project: 'proto-1a2b3c',
    image: 'sha256:1',
    state: 'running',
    health: 'healthy',
    exitCode: 0,
    outOfMemory: false,
    restarts: 1,
    restartsByItself: true,
    startedAt: '2026-11-26T13:59:22Z',
    createdAt: '2026-11-26T13:59:20Z',
    volumes: [],
    files: [],
    ports: [],
    configHash: '',
    composeFiles: [],
  } as const;
  const of = (digests: string[], name = 'chatbot') => {
    const [state] = serviceStates([name], [{ ...container, service: name }]);
    if (state === undefined) throw new Error('no state');
    return serviceStatus(state, {
      lock,
      memory: new Map([['c1', { bytes: 1, limit: 2 }]]),
      images: digests.length === 0 ? [] : [{ id: 'sha256:1', digests, bytes: 3 }],
      uptime: new Map([['c1', 60]]),
    });
  };

  it('compares the image that runs with the one that is pinned', () => {
    const wanted = `${lock.registry}/${pinned?.repository}@${pinned?.digest}`;
    expect(of([wanted])).toMatchObject({
      asLocked: true,
      uptimeSeconds: 60,
      memoryBytes: 1,
      restarts: 1,
    });
    expect(of([`${wanted.slice(0, -1)}f`]).asLocked).toBe(false);
    expect(of([]).asLocked).toBeNull();
    expect(of([wanted], 'mine')).toMatchObject({ asLocked: null, digest: null });
  });
});

describe('words', () => {
  it.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3599, '59 min'],
    [3600, '1 h'],
    [11_100, '3 h 5 min'],
    [86_400, '1 d'],
    [352_800, '4 d 2 h'],
    [-5, '0 s'],
  ])('for %d seconds are %s', (seconds, expected) => {
    expect(duration(seconds)).toBe(expected);
  });

  it.each([
    [0, '0 B'],
    [7_733_248, '7.4 MiB'],
    [33_198_000, '32 MiB'],
    [2 * 1024 ** 3, '2 GiB'],
  ])('for %d bytes of memory are %s', (bytes, expected) => {
    expect(formatMemory(bytes)).toBe(expected);
  });
});

describe('the record of backups', () => {
  it('is read, and passed over where it cannot be', () => {
    const backup = { file: '/b.tar', createdAt: '2026-11-20T02:00:00Z', bytes: 1, release: 'x' };
    const record = JSON.stringify({ formatVersion: 1, backups: [backup] });
    expect(readRecord(record)).toEqual([backup]);
    for (const other of [undefined, '', '{', '{"formatVersion":2,"backups":[]}']) {
      expect(readRecord(other)).toEqual([]);
    }
  });
});
