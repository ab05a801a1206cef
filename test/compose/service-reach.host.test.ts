import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { reachOfServices } from '../../src/compose/service-reach.ts';

/** The ports that the program reads in Compose files, against what `docker compose config` makes of them. */

const folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-ports-'));
afterAll(() => rmSync(folder, { recursive: true }));

const service = (lines: string, name = 'web') => `services:\n  ${name}:\n    image: x\n${lines}`;
const ports = (...entries: string[]) => service(`    ports: [${entries.join(', ')}]\n`);
const over = (value: string) => `services:\n  web:\n    ports: ${value}\n`;

const cases: [what: string, files: string[]][] = [
  ['no ports', [service('')]],
  [
    'every short form',
    [ports('"8080:80"', '127.0.0.1:8081:81', '"0.0.0.0:8082:82/tcp"', '"53:53/udp"')],
  ],
  ['IPv6', [ports('"[::1]:8080:80"', '"[::]:8081:80"')]],
  ['a port of the container alone', [ports('"80"', '81')]],
  ['ranges', [ports('"8080-8082:80-82"', '"9000-9002:90"', '"10.0.0.1:7000-7001:70-71"')]],
  [
    'the long form',
    [
      ports(
        '{ target: 80, published: "8080", host_ip: 127.0.0.1, protocol: tcp }',
        '{ target: 81, published: 8081 }',
        '{ target: 53, published: 53, protocol: udp }',
        '{ target: 90, mode: host }',
      ),
    ],
  ],
  ['an override that adds', [ports('"127.0.0.1:8080:80"'), over('["127.0.0.1:18080:80"]')]],
  ['an override that repeats', [ports('"127.0.0.1:8080:80"'), over('["127.0.0.1:8080:80"]')]],
  ['!override', [ports('"127.0.0.1:8080:80"'), over('!override ["127.0.0.1:18080:80"]')]],
  ['!reset', [ports('"127.0.0.1:8080:80"'), over('!reset []')]],
  ['!reset null', [ports('"127.0.0.1:8080:80"'), over('!reset null')]],
  [
    '!override of the service',
    [ports('"8080:80"'), 'services:\n  web: !override\n    image: y\n    ports: ["1:1"]\n'],
  ],
  [
    '!reset of the service',
    [ports('"8080:80"'), 'services:\n  web: !reset null\n  other: { image: x }\n'],
  ],
  [
    'anchors',
    [
      `x-p: &p ["8080:80"]\nx-s: &s { image: x, ports: ["8081:81"] }\nservices:\n  web: { image: x, ports: *p }\n  b: { <<: *s }\n  c: *s\n`,
    ],
  ],
  [
    'variables',
    [
      ports(
        '"${PORT}:80"',
        '"${HERE:-8081}:81"',
        '"${NONE-8082}:82"',
        '"$PORT2:83"',
        '"${PORT:+8084}:84"',
        '{ target: 85, published: "${PORT3:-8085}" }',
      ),
    ],
  ],
  ['the host’s network', [service('    network_mode: host\n')]],
];

interface Config {
  services?: Record<
    string,
    {
      network_mode?: string;
      ports?: { host_ip?: string; published?: string; target: number; protocol: string }[];
    }
  >;
}

describe('published ports are those of docker compose config:', () => {
  it.each(cases)('%s', (_, files) => {
    const variables = { PORT: '8080', PORT2: '8083' };
    const named = files.flatMap((text, index) => {
      const path = join(folder, `${index}.yml`);
      writeFileSync(path, text);
      return ['--file', path];
    });
    const args = ['compose', '--project-name', 'x', ...named, 'config', '--format', 'json'];
    const env = { ...process.env, ...variables };
    const config = JSON.parse(
      execFileSync('docker', args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] }),
    ) as Config;
    const expected = Object.entries(config.services ?? {}).map(
      ([name, { ports, network_mode }]) => [
        name,
        (ports ?? [])
          .filter(({ protocol, published }) => protocol === 'tcp' && published)
          .map(({ host_ip = '', published, target }) => `${host_ip}|${published}|${target}`)
          .sort(),
        network_mode === 'host',
      ],
    );
    const found = [...reachOfServices(files, variables)].map(([name, reach]) => {
      expect(reach.unclear).toBe(false);
      // Compose keeps a range from which the engine chooses in one entry.
      const fixed = reach.ports.filter(({ chosen }) => !chosen);
      const chosen = reach.ports.filter((port) => port.chosen);
      const range =
        chosen.length === 0
          ? []
          : [{ ...chosen[0], port: `${chosen[0]?.port}-${chosen.at(-1)?.port}` }];
      return [
        name,
        [...fixed, ...range]
          .map(({ address, port, target }) => `${address}|${port}|${target}`)
          .sort(),
        reach.hostNetwork,
      ];
    });
    expect(new Map(found.map((row) => [row[0], row]))).toEqual(
      new Map(expected.map((row) => [row[0], row])),
    );
  });

  it('and what needs other files or nested variables is not clear', () => {
    const unclear = (text: string) => reachOfServices([text]).get('web')?.unclear;
    expect(unclear(ports('"${A:-${B}}:80"'))).toBe(true);
    expect(unclear(ports('"${A}x:80"'))).toBe(true);
    expect(unclear(service('    extends: { file: other.yml, service: web }\n'))).toBe(true);
    expect(unclear(over('!override ["${A:-${B}}:80"]'))).toBe(true);
  });
});
