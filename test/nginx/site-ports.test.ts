import { describe, expect, it } from 'vitest';
import { reachOfServices } from '../../src/compose/service-reach.ts';
import { planNginx } from '../../src/nginx/plan-nginx.ts';
import { portFaults } from '../../src/nginx/site-ports.ts';
import { edited, type Installed, installed, release, updated } from '../support/releases.ts';

/** The ports in nginx/proto.conf follow those that Compose publishes. */

const site = 'nginx/proto.conf';
const compose = 'backend/docker-compose.yml';
const moved = (from: Installed, to = '"127.0.0.1:18080:8080"') =>
  edited(from, compose, (text) => text.replace('"127.0.0.1:8080:8080"', to));
const conf = ({ current }: Installed) => current.get(site) ?? '';
const reachesOf = ({ current }: Installed, ...overrides: string[]) =>
  reachOfServices([current.get(compose) ?? '', ...overrides]);
const upstream = (text: string) => /upstream platform \{\s*server ([^;]+);/.exec(text)?.[1];

function planned(from: Installed, ...overrides: string[]) {
  return planNginx({
    installation: '/srv/proto',
    ...from,
    templates: release('2026.11.0'),
    certificate: undefined,
    reaches: reachesOf(from, ...overrides),
  });
}

function faultsOf(from: Installed, ...overrides: string[]) {
  const { release: known } = release('2026.11.0');
  return portFaults(conf(from), known, from.lock.hosting, reachesOf(from, ...overrides));
}

const fresh = installed('2026.11.0', { YOUR_URL: 'chat.example-bank.com' });
const platform = (ports: string) => `services:\n  platform:\n    ports: ${ports}\n`;

describe('a port that Compose publishes', () => {
  it.each<[to: string, expected: string]>([
    ['"127.0.0.1:18080:8080"', '127.0.0.1:18080'],
    ['"18080:8080"', '127.0.0.1:18080'],
    ['"0.0.0.0:18080:8080"', '127.0.0.1:18080'],
    ['"[::1]:18080:8080"', '[::1]:18080'],
    ['"10.1.2.3:18080:8080"', '10.1.2.3:18080'],
    ['"127.0.0.1:9100:9100"\n      - "127.0.0.1:18080:8080"', '127.0.0.1:18080'],
    ['{ target: 8080, published: "18080", host_ip: 127.0.0.1 }', '127.0.0.1:18080'],
    ['"127.0.0.1:18079-18080:8079-8080"', '127.0.0.1:18080'],
  ])('as %s is found, and taken by nginx and update', (to, expected) => {
    const mine = moved(fresh, to);
    expect(faultsOf(mine).faults).toMatchObject([
      { file: site, line: conf(mine).split('\n').indexOf('    server 127.0.0.1:8080;') + 1 },
    ]);
    const { text, plan, base, conflicts, portFaults: left } = planned(mine);
    expect([upstream(text), conflicts, left]).toEqual([expected, [], []]);
    expect(plan.files).toHaveLength(1);
    expect(base.get(site)).toBe(text);
    // What the command wrote stays at an update, with the vendor's other changes.
    const after = { ...mine, current: new Map([...mine.current, [site, text]]), base };
    const next = updated(after, '2026.12.0');
    expect(upstream(conf(next.after))).toBe(expected);
    expect(conf(next.after)).toContain('location /api/analytics/ {');
    expect(next.conflicts).toEqual([]);
    // Without the command, update does it.
    expect(upstream(conf(updated(mine, '2026.12.0').after))).toBe(expected);
    const same = updated(mine, '2026.11.0');
    expect([upstream(conf(same.after)), same.nothingNew]).toEqual([expected, false]);
    expect(updated(same.after, '2026.11.0').nothingNew).toBe(true);
  });

  it('moves in edited lines, too, and edits next to it stay', () => {
    const mine = edited(moved(fresh), site, (text) =>
      text.replace('server 127.0.0.1:8080;', 'server 127.0.0.1:8080;\n    keepalive 16;'),
    );
    const { text, conflicts } = planned(mine);
    expect([upstream(text), conflicts]).toEqual(['127.0.0.1:18080', []]);
    expect(text).toContain('server 127.0.0.1:18080;\n    keepalive 16;');
    const { after } = updated(mine, '2026.12.0');
    expect(conf(after)).toContain('server 127.0.0.1:18080;\n    keepalive 16;');
  });

  it('by the override file counts with !override, and one more stays the same', () => {
    const replaced = platform('!override ["127.0.0.1:18080:8080"]');
    const added = platform('["127.0.0.1:18080:8080"]');
    expect(upstream(planned(fresh, replaced).text)).toBe('127.0.0.1:18080');
    expect(faultsOf(fresh, replaced).faults).toHaveLength(1);
    expect(planned(fresh, added).plan.files).toEqual([]);
    expect(faultsOf(fresh, added).faults).toEqual([]);
    const override = { name: 'docker-compose.override.yml', text: replaced };
    const { after } = updated(fresh, '2026.12.0', { override });
    expect(upstream(conf(after))).toBe('127.0.0.1:18080');
  });

  it('goes with the vendor who changes it', () => {
    const old = moved(fresh, '"127.0.0.1:8090:8080"');
    const was = { ...old, base: new Map([...old.base, [compose, old.current.get(compose) ?? '']]) };
    const { after } = updated(was, '2026.11.0');
    expect(after.current.get(compose)).toContain('127.0.0.1:8080:8080');
    expect(upstream(conf(after))).toBe('127.0.0.1:8080');
  });

  it('of the bucket is followed with hybrid hosting', () => {
    const hybrid = installed('2026.11.0', { YOUR_URL: 'data.example-bank.com' }, 'hybrid');
    const mine = edited(hybrid, compose, (text) =>
      text.replace('127.0.0.1:9000:9000', '127.0.0.1:19000:9000'),
    );
    expect(faultsOf(mine).faults).toHaveLength(1);
    expect(planned(mine).text).toContain('server 127.0.0.1:19000;');
    expect(conf(updated(mine, '2026.12.0').after)).toContain('server 127.0.0.1:19000;');
  });
});

describe('what cannot be followed', () => {
  it.each([
    ['no port', platform('!reset []')],
    ['a port that the engine chooses', platform('!override ["8080"]')],
    ['a range to choose from', platform('!override ["8080-8090:8080"]')],
    ['another protocol', platform('!override ["8080:8080/udp"]')],
  ])('is found, and the line stays: %s', (_, override) => {
    const { text, portFaults: left } = planned(fresh, override);
    expect(text).toBe(conf(fresh));
    expect(left).toMatchObject([{ message: expect.stringMatching(/publishes no fixed TCP port/) }]);
    expect(faultsOf(fresh, override).faults).toEqual(left);
  });

  it('is said not to be known where a variable cannot be resolved', () => {
    const override = platform('!override ["${A:-${B}}:8080"]');
    expect(faultsOf(fresh, override)).toEqual({ faults: [], unclear: ['platform'] });
    expect(planned(fresh, override).plan.files).toEqual([]);
  });

  it('is a line that the operator changed: it stays, and is reported', () => {
    const mine = edited(fresh, site, (text) =>
      text.replace('server 127.0.0.1:8080;', 'server 127.0.0.1:7000;'),
    );
    const { plan, portFaults: left } = planned(mine);
    expect(plan.files).toEqual([]);
    expect(left).toMatchObject([
      { message: expect.stringMatching(/platform to 127\.0\.0\.1:7000/) },
    ]);
  });
});

describe('an operator’s own address', () => {
  it.each([
    ['server 127.0.0.1:8080;', 'server localhost:8080;', 0],
    ['server 127.0.0.1:8080;', 'server 10.9.9.9:8080;', 0],
    ['server 127.0.0.1:8080;', 'server unix:/run/x.sock;', 0],
    ['server 127.0.0.1:8080;', 'server [::1]:8080;', 1],
    ['proxy_pass http://platform$proto_path_platform;', 'proxy_pass http://127.0.0.1:8080/;', 0],
    ['proxy_pass http://platform$proto_path_platform;', 'proxy_pass "http://127.0.0.1:7000/";', 1],
    ['proxy_pass http://platform$proto_path_platform;', 'proxy_pass http://$where/;', 0],
  ])('%s as %s: %s faults', (from, to, count) => {
    const mine = edited(fresh, site, (text) => text.replace(from, to));
    expect(faultsOf(mine).faults).toHaveLength(count);
  });
});

describe('the server that closes connections', () => {
  const listens = (text: string) =>
    /server \{\n([^}]*?) {4}server_name _proto_other_names;/
      .exec(text)?.[1]
      ?.split('\n')
      .map((line) => line.trim())
      .filter((line) => line.startsWith('listen '));
  const edits = (from: Installed, to: string) =>
    edited(from, site, (text) => text.replace(/(# No certificate.*\n.*\n.*)listen 80;/, `$1${to}`));

  it('listens where the operator has the site listen, without the options of a socket', () => {
    const mine = edits(fresh, 'listen 10.0.0.5:8080 backlog=9;');
    const { text, conflicts, base } = planned(mine);
    expect(listens(text)).toEqual(['listen 10.0.0.5:8080;']);
    expect([conflicts, listens(base.get(site) ?? '')]).toEqual([[], ['listen 80;']]);
    const again = { ...mine, base, current: new Map([...mine.current, [site, text]]) };
    expect(planned(again).plan.files).toEqual([]);
    expect(conf(updated(again, '2026.12.0').after)).toContain('listen 10.0.0.5:8080;\n');
  });
});
