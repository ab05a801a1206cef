import { describe, expect, it } from 'vitest';
import { portsOf } from '../../src/checks/facts/published-ports.ts';
import { foreignNetworksIn, ipv6NetworksIn, servicesIn } from '../../src/compose/compose-text.ts';
import { servicesOfOverride, unknownServices } from '../../src/compose/override.ts';
import { reachOfModel, reachOfServices } from '../../src/compose/service-reach.ts';

const base = 'services:\n  platform:\n    image: p\n    ports: ["127.0.0.1:8081:8080"]\n';
const ports = (override: string, compose = base) =>
  portsOf(reachOfServices([compose, override])).map(
    ({ service, address, port }) => `${service} ${address} ${port}`,
  );

describe('the ports of docker-compose.yml and its override, without Compose', () => {
  it.each([
    ['ports: ["9090:9090"]', ['platform 127.0.0.1 8081', 'platform  9090']],
    ['ports: ["127.0.0.1:8081:8080"]', ['platform 127.0.0.1 8081']],
    ['ports: !override ["9090:9090"]', ['platform  9090']],
    ['ports: !reset []', []],
    ['ports: !reset null', []],
    ['mem_limit: 1g', ['platform 127.0.0.1 8081']],
    ['profiles: [debug]', []],
    ['scale: 0', []],
    ['deploy: {replicas: 0}', []],
    ['<<: *more', ['platform 127.0.0.1 8081', 'platform  9090']],
    ['<<: [*none, *more]', ['platform 127.0.0.1 8081', 'platform  9090']],
    ['ports: *list', ['platform 127.0.0.1 8081', 'platform  9091']],
    ['ports: [*port]', ['platform 127.0.0.1 8081', 'platform  9092']],
  ])('%s', (line, expected) => {
    const shared =
      'x-none: &none {}\nx-more: &more\n  ports: ["9090:90"]\nx-list: &list ["9091:91"]\nx-port: &port "9092:92"\n';
    expect(ports(`${shared}services:\n  platform:\n    ${line}\n`)).toEqual(expected);
  });

  it('are gone with a service that the override removes or replaces', () => {
    expect(ports('services:\n  platform: !reset null\n')).toEqual([]);
    expect(ports('services:\n  platform: !override\n    ports: ["1:1"]\n')).toEqual([
      'platform  1',
    ]);
  });

  it('come by an alias or a merge key for a whole service', () => {
    expect(ports('x-a: &a\n  image: a\n  ports: ["1:1"]\nservices:\n  own: *a\n')).toContain(
      'own  1',
    );
    expect(ports('x-a: &a\n  own: {ports: ["1:1"]}\nservices:\n  <<: *a\n')).toContain('own  1');
  });
});

describe('the ports of the merged model', () => {
  it('are those that Compose prints', () => {
    const model = {
      services: {
        platform: {
          ports: [
            { target: 8080, published: '8081', host_ip: '127.0.0.1', protocol: 'tcp' },
            { target: 53, published: '53', protocol: 'udp' },
            { target: 90, published: '9000-9001', protocol: 'tcp' },
            { target: 99 },
          ],
        },
        stopped: { scale: 0, ports: [{ target: 1, published: '1' }] },
        none: {},
      },
    };
    expect(portsOf(reachOfModel(JSON.stringify(model)) ?? new Map())).toEqual([
      { service: 'platform', address: '127.0.0.1', port: 8081 },
      { service: 'platform', address: '', port: 9000 },
      { service: 'platform', address: '', port: 9001 },
    ]);
    expect(reachOfModel('time="…" level=warning')).toBeUndefined();
  });
});

describe('an unknown service of the override', () => {
  const strange = (override: string) =>
    unknownServices(override, base).strange.map(({ service, line }) => `${service}:${line}`);

  it.each([
    ['an image by an alias', 'x-i: &i busybox\nservices:\n  own:\n    image: *i\n'],
    ['a whole service by an alias', 'x-a: &a {image: b}\nservices:\n  own: *a\n'],
    ['an image by a merge key', 'x-a: &a {image: b}\nservices:\n  own:\n    <<: *a\n'],
    [
      'one of several merge keys',
      'x-a: &a {image: b}\nx-b: &b {}\nservices:\n  own: {<<: [*b, *a]}\n',
    ],
    ['a service of the same file by an alias', 'services:\n  one: &one {image: b}\n  two: *one\n'],
    ['services by an alias', 'x-s: &s {own: {image: b}}\nservices: *s\n'],
    ['services by a merge key', 'x-s: &s {own: {image: b}}\nservices:\n  <<: *s\n'],
    ['a build', 'services:\n  own: {build: .}\n'],
    ['another service', 'services:\n  own: {extends: {service: platform}}\n'],
    ['an image by a variable', 'services:\n  own: {image: "$' + '{OWN:-x}"}\n'],
    ['quotes', `services:\n  "platform": {mem_limit: 1g}\n  'own': {image: b}\n`],
    ['a tag', 'services:\n  own: !override {image: b}\n  gone: !reset null\n'],
  ])('is not one with %s', (_, override) => expect(strange(override)).toEqual([]));

  it('is one without an image of its own, on its line', () => {
    const override =
      'x-a: &a {mem_limit: 1g}\nservices:\n  platfrom: *a\n  "plat.form":\n    <<: *a\n';
    expect(strange(override)).toEqual(['platfrom:3', 'plat.form:4']);
  });

  it.each([
    ['an alias without an anchor', 'services:\n  own: *a\n'],
    ['keys in a row', `services: {${'a: b: '.repeat(20_000)}}\n`],
    [
      'aliases of aliases',
      Array.from(
        { length: 9 },
        (_, n) =>
          `x${n}: &a${n} [${n > 0 ? `*a${n - 1}, *a${n - 1}, *a${n - 1}, *a${n - 1}` : ''}]\n`,
      ).join(''),
    ],
  ])('cannot be told in a file with %s', (_, override) => {
    expect(servicesIn(override).size).toBe(0);
  });

  it('is not lost in an update if the override removes it', () => {
    const lost = (line: string) =>
      servicesOfOverride(`services:\n  platform: ${line}\n`, base, 'services: {}\n');
    expect(lost('{mem_limit: 1g}')).toEqual([{ service: 'platform', line: 2 }]);
    expect(lost('!reset null')).toEqual([]);
  });
});

describe('the networks of a Compose file', () => {
  const text = `networks:
  default: { external: true }
  edge: { external: { name: other } }
  own: { external: false }
  postgres: { enable_ipv6: true }
  bucket: { enable_ipv6: false }
  empty:
`;

  it('are external ones, or carry IPv6, each by itself', () => {
    expect([...foreignNetworksIn(text)]).toEqual(['default', 'edge']);
    expect([...ipv6NetworksIn(text)]).toEqual(['postgres']);
    expect([...foreignNetworksIn('networks: [default]')]).toEqual([]);
  });
});
