import { describe, expect, it } from 'vitest';
import { parseDockerInfo } from '../../src/checks/facts/docker-info.ts';
import { portsOf, portsOfProjects, releasePorts } from '../../src/checks/facts/published-ports.ts';
import { parseSockets } from '../../src/checks/facts/sockets.ts';
import { parseMemTotal, parseOsRelease } from '../../src/checks/facts/system-files.ts';
import { allows, nginxUserName, webUser } from '../../src/checks/facts/web-user.ts';
import { renderCompose } from '../../src/compose/render-compose.ts';
import { reachOfServices } from '../../src/compose/service-reach.ts';
import { mountOf, parseMountInfo } from '../../src/lib/fs/mount-info.ts';
import { Hosting } from '../../src/release/hosting.ts';
import { templatesFor } from '../../src/release/release.ts';
import { isAtLeast, parseNginxVersion } from '../../src/release/release-order.ts';
import { pinnedImages, readTemplateSet } from '../support/template-set.ts';
import { dockerInfo, fixture } from './fixture.ts';

describe('docker info', () => {
  it.each([
    ['cli-28.2.engine-26.1', '28.2.2', '2.26.1-4', '26.1.5+dfsg1'],
    ['cli-26.1.engine-26.1', '26.1.5+dfsg1', '2.26.1-4', '26.1.5+dfsg1'],
    ['24.0.7.compose-2.21', '24.0.7', 'v2.21.0', '24.0.7'],
    ['27.3', '27.3.1', 'v2.29.7', '27.3.1'],
    ['20.10.no-compose', undefined, undefined, '20.10.24+dfsg1'],
  ])('%s tells the versions of all three', (name, client, compose, version) => {
    expect(dockerInfo(name)).toMatchObject({
      kind: 'known',
      value: {
        engine: {
          kind: 'known',
          value: { version, root: '/var/lib/docker', storageDriver: 'overlay2' },
        },
        ...(client && { client }),
        ...(compose && { compose }),
      },
    });
  });

  it.each([
    ['20.10.no-engine', ''],
    ['cli-28.2.no-engine', 'docker-info.no-engine.stderr'],
  ])('%s tells why no engine answers', (name, stderr) => {
    expect(dockerInfo(name, stderr)).toMatchObject({
      value: { engine: { kind: 'refused', why: expect.stringContaining('Cannot connect') } },
    });
  });

  it.each(['', 'no JSON', '[]', '{"ServerVersion":5}'])('is not to be had from %j', (text) => {
    expect(parseDockerInfo(text, '')).toBeUndefined();
  });
});

it.each([
  ['nginx-v.debian-1.22', '1.22.1'],
  ['nginx-v.ubuntu-1.18', '1.18.0'],
  ['nginx-v.openresty', '1.21.4.3'],
])('%s is %s', (name, version) => {
  expect(parseNginxVersion(fixture(name))).toBe(version);
});

it.each([
  ['24.0.0', '24.0.0', true],
  ['26.1.5+dfsg1-9', '24.0.0', true],
  ['v2.29.7-desktop.1', '2.23.0', true],
  ['v2.9.1', '2.23.0', false],
  ['24.0.0-rc.1', '24.0.0', true],
  ['dev', '24.0.0', undefined],
])('version %s against %s: %s', (version, wanted, expected) => {
  expect(isAtLeast(version, wanted)).toBe(expected);
});

it.each([
  ['ubuntu-22.04', { id: 'ubuntu', version: '22.04', name: 'Ubuntu 22.04.3 LTS' }],
  ['debian-12', { id: 'debian', version: '12', name: 'Debian GNU/Linux 12 (bookworm)' }],
  ['rhel-9', { id: 'rhel', version: '9.3', name: 'Red Hat Enterprise Linux 9.3 (Plow)' }],
])('os-release of %s', (name, expected) => {
  expect(parseOsRelease(fixture(`os-release.${name}`))).toEqual(expected);
});

it('memory is reported in bytes', () => {
  expect(parseMemTotal(fixture('meminfo.24-gb'))).toBe(24_683_620 * 1024);
  expect(parseMemTotal('nothing of the kind')).toBeUndefined();
});

describe('mounts', () => {
  const mounts = parseMountInfo(fixture('mountinfo.nfs'));

  it('are found by the longest path above', () => {
    expect(mountOf('/var/lib/docker/volumes', mounts)?.type).toBe('nfs4');
    expect(mountOf('/var/lib/dockers', mounts)?.type).toBe('ext4');
    expect(mountOf('/media/with blank/x', mounts)).toMatchObject({
      type: 'iso9660',
      readOnly: true,
    });
    expect(mountOf('/', parseMountInfo(fixture('mountinfo.ext4')))?.type).toBe('ext4');
  });
});

describe('listening sockets', () => {
  it('are those that ss shows', () => {
    const shown = fixture('ss.docker-proxy')
      .split('\n')
      .flatMap((line) => /\s(\S+):(\d+)\s+\S+:\*/.exec(line)?.slice(1, 3).join(' ') ?? [])
      .map((line) => line.replace(/^\[|\](?= )/g, ''));
    const told = ['tcp', 'tcp6']
      .flatMap((name) => parseSockets(fixture(`proc-net-${name}.docker-proxy`)))
      .map(({ address, port }) => `${address} ${port}`);
    expect(told).toContain('127.0.0.1 18080');
    expect(told.sort()).toEqual(shown.sort());
  });

  it('of an IPv6 address are reported in its usual groups', () => {
    const line =
      '   0: 000080FE00000000FF005450B90C3A1F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0';
    expect(parseSockets(`head\n${line}`)).toEqual([
      { port: 8080, address: 'fe80:0:0:0:5054:ff:1f3a:cb9', inode: '4711', uid: 1000 },
    ]);
  });
});

it('the ports of containers go by their Compose projects', () => {
  const projects = portsOfProjects(fixture('docker-ps.compose-project'));
  expect([...projects]).toEqual([
    [18090, 'probe-1a2b'],
    [18091, 'probe-1a2b'],
    [18080, 'probe-1a2b'],
  ]);
  expect([...portsOfProjects('\t0.0.0.0:8000-8002->9000-9002/tcp, 5432/tcp')]).toEqual([
    [8000, ''],
    [8001, ''],
    [8002, ''],
  ]);
});

it('a Compose file publishes ports in every form that the specification has', () => {
  const ports = [
    '"127.0.0.1:8080:8080"',
    '8081:80/tcp',
    '"[::1]:8082:80"',
    '"9000-9001:90-91"',
    '"514:514/udp"',
    '"80"',
    '"$PORT:80"',
    '{ target: 80, published: "8443", host_ip: 10.0.0.1 }',
    '{ target: 53, published: 53, protocol: udp }',
  ];
  const text = `services:\n  web:\n    ports: [${ports.join(', ')}]\n  none: {}\n`;
  expect(portsOf(reachOfServices([text])).map(({ address, port }) => `${address}|${port}`)).toEqual(
    ['127.0.0.1|8080', '|8081', '::1|8082', '|9000', '|9001', '10.0.0.1|8443'],
  );
  expect(portsOf(reachOfServices(['no compose file']))).toEqual([]);
});

it.each(Hosting.options)(
  'the ports of a release are those of its docker-compose.yml: %s',
  (hosting) => {
    const templates = templatesFor(readTemplateSet(), hosting);
    const { release } = templates;
    const images = pinnedImages(templates);
    const compose = renderCompose({
      release,
      hosting,
      images,
      identity: 'x',
      project: 'x',
      group: 0,
      certificate: undefined,
    });
    expect(releasePorts(release, hosting)).toEqual(portsOf(reachOfServices([compose])));
    expect(releasePorts(release, hosting).length).toBeGreaterThan(0);
  },
);

describe("nginx's user", () => {
  const passwd = 'root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n';
  const user = webUser('www-data', passwd, 'www-data:x:33:\nproto:x:1000:alice,www-data\n');

  it('is in the groups that name him', () => {
    expect(user).toEqual({ name: 'www-data', uid: 33, gids: [33, 1000] });
    expect(webUser('nobody', passwd, '')).toBeUndefined();
    expect(nginxUserName('# user old;\nuser  nginx nginx;\n')).toBe('nginx');
    expect(nginxUserName('events {}')).toBe('www-data');
  });

  it.each([
    [0o750, 1000, 1000, true],
    [0o750, 1000, 2000, false],
    [0o701, 1000, 2000, true],
    // The group's bits decide for who is in it, whatever others may.
    [0o701, 0, 1000, false],
    [0o055, 33, 33, false],
  ])('passes a folder of mode %o, owner %i, group %i: %s', (mode, uid, gid, expected) => {
    if (user === undefined) throw new Error('no user');
    expect(allows({ path: '/home/alice', mode, uid, gid }, user, 1)).toBe(expected);
  });
});
