import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import exampleCredentials from '../../../proto_credentials.example.json' with { type: 'json' };
import { parseManifest as parseBackup, parseHeader } from '../../../src/core/backup/manifest.ts';
import { readRecord } from '../../../src/core/backup/record.ts';
import { parseCidrs } from '../../../src/core/cidrs.ts';
import { parseComposeConfig } from '../../../src/core/compose-config.ts';
import { acceptValue } from '../../../src/core/config/accept-value.ts';
import { parseDottedKey } from '../../../src/core/config/dotted-key.ts';
import { readConfig } from '../../../src/core/config/parameters.ts';
import { planRotate, rotatedSecrets } from '../../../src/core/config/rotation.ts';
import { parseCredentials } from '../../../src/core/credentials.ts';
import { dockerFailure } from '../../../src/core/docker.ts';
import {
  parseComposeModel,
  parseContainers,
  parseImages,
  parseMemory,
  parseNames,
  parseSize,
  parseVolumeSizes,
} from '../../../src/core/docker-answers.ts';
import { mustBeDockerConfig, namesHelper, withHelper } from '../../../src/core/docker-config.ts';
import { parseDockerInfo } from '../../../src/core/facts/docker-info.ts';
import { publishedPorts } from '../../../src/core/facts/published-ports.ts';
import { parseSockets } from '../../../src/core/facts/sockets.ts';
import { parseMountInfo, parseOsRelease } from '../../../src/core/facts/system-files.ts';
import { isAtLeast, parseNginxVersion, versionNumber } from '../../../src/core/facts/versions.ts';
import { parseHelperRegistry } from '../../../src/core/helper-registry.ts';
import { parseLock } from '../../../src/core/lock.ts';
import { mergeFile } from '../../../src/core/merge-file.ts';
import { parseBuild } from '../../../src/core/nginx.ts';
import { servicesOfOverride, strangeServices } from '../../../src/core/override.ts';
import { parseRelease } from '../../../src/core/release-schema.ts';
import { secretTexts } from '../../../src/core/secret-texts.ts';
import { plainLog } from '../../../src/core/service-health.ts';
import { storedLogin } from '../../../src/core/stored-login.ts';
import { parseToml } from '../../../src/core/toml/parse-toml.ts';
import { parseValues } from '../../../src/core/values.ts';
import { UserError } from '../../../src/errors.ts';
import { parseManifest } from '../../../src/host/manifest.ts';
import { configInput, parameterOf, platform } from '../../support/config-input.ts';
import { containerAnswer } from '../../support/docker-stand-in.ts';
import { installed, releaseFolder } from '../../support/releases.ts';
import { shareOf, timeout } from '../support/runs.ts';
import { damaged, hostileJson, worst } from './hostile.ts';

/** Each reader of what others wrote, with texts that were made to break it: it gives an answer or a UserError, and soon. */

const digest = `sha256:${'0'.repeat(64)}`;
const whole = installed('2026.11.0', { YOUR_URL: 'chat.example-bank.com' });
const input = configInput(whole);
const compose = whole.current.get('backend/docker-compose.yml') ?? '';
const toml = whole.current.get(platform) ?? '';
const releaseYaml = readFileSync(`${releaseFolder('2026.11.0')}/release.yml`, 'utf8');
const { release } = input.templates;
const provider = parameterOf(input, 'openai.provider');

const yamlPieces = [
  '&a',
  '*a',
  '<<: *a',
  '- ',
  ': ',
  '? ',
  '| ',
  '!!js ',
  '{',
  '}',
  '[',
  '"',
  '%',
  '---\n',
];
const tomlPieces = [
  '[',
  ']',
  '[[a]]\n',
  '=',
  '"""',
  "'''",
  '__proto__ = 1\n',
  '\\',
  'a.b = 1\n',
  '{',
];
/** Nine lines that stand for 10^9 (a "billion laughs"). */
const bomb = Array.from('abcdefghi')
  .map((name, n, all) => `${name}: &${name} [${Array(10).fill(n === 0 ? 'x' : `*${all[n - 1]}`)}]`)
  .join('\n');
const yaml = (valid: string) =>
  fc.oneof(
    { weight: 8, arbitrary: damaged(valid, yamlPieces) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        bomb,
        `${bomb}\nservices: *i\n`,
        `services:\n  a: &a\n    b: *a\n`,
        `services: {__proto__: {image: x}}`,
        `services:\n  a:\n    ports: ${'['.repeat(3000)}\n`,
        `${'- '.repeat(5000)}x`,
        `services: {a: {ports: ["1-99999999:1"]}}`,
        `? {a: b}\n: services`,
      ),
    },
  );
const tomlText = fc.oneof(
  { weight: 8, arbitrary: damaged(toml, tomlPieces) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      `a = ${'['.repeat(3000)}`,
      `a = ${'{b='.repeat(3000)}`,
      `${'a.'.repeat(3000)}b = 1`,
      `[${'a.'.repeat(3000)}b]`,
      '__proto__.x = 1\nconstructor = 2\n',
      `a = ${'9'.repeat(10_000)}`,
      `a = "${'\\u0041'.repeat(10_000)}"`,
    ),
  },
);
const say = (...pieces: string[]) => damaged(pieces.join(' '), pieces);

const lock = { ...whole.lock, files: { [platform]: '0'.repeat(64) } };
const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { mediaType: 'x', digest, size: 2 },
  layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 3 }],
  annotations: { 'org.opencontainers.image.version': '1' },
};
const backup = {
  formatVersion: 1,
  program: '0.1.0',
  createdAt: '2026-11-26T13:00:00.000Z',
  customer: 'example-bank',
  hosting: 'on-premise',
  release: { tag: 'stable', templates: '2026.11.0' },
  project: 'proto-abc123',
  parts: [{ name: 'files.tar', kind: 'files', bytes: 1, pieces: 1, sha256: '0'.repeat(64) }],
};
const dockerConfig = { auths: { 'x.example': { auth: 'QVdTOng=' } }, credHelpers: { y: 'z' } };
const info = {
  ServerVersion: '27.3.1',
  DockerRootDir: '/var/lib/docker',
  ClientInfo: { Plugins: [{ Name: 'compose', Version: 'v2.29.7' }] },
};
const model = {
  name: 'p',
  services: { a: { image: 'x', volumes: [{ type: 'volume', source: 'v', target: '/d' }] } },
  volumes: { v: { name: 'p_v' } },
};

const merged = (path: string, base: string, current: string, incoming: string) =>
  mergeFile({ path, base, current, incoming }, release, 'ours');

const attackers: readonly (readonly [
  name: string,
  texts: fc.Arbitrary<string>,
  read: (text: string) => unknown,
])[] = [
  ['credentials', hostileJson(exampleCredentials), (text) => parseCredentials(text, 'c.json')],
  [
    'values in JSON',
    hostileJson({ url: 'x.example', openai_api_key: 'sk-1' }),
    (text) => parseValues(text, 'v.json', release),
  ],
  [
    'values in TOML',
    damaged('url = "x.example"\nopenai_api_key = "sk-1"\n', tomlPieces),
    (text) => parseValues(text, 'v.toml', release),
  ],
  ['TOML', tomlText, parseToml],
  [
    'configuration',
    tomlText,
    (text) => {
      const changed = { ...input, current: new Map([...input.current, [platform, text]]) };
      const config = readConfig(changed);
      for (const secret of rotatedSecrets(changed, config).slice(0, 1))
        planRotate(changed, secret, 'x');
      secretTexts(input.templates, changed.current);
    },
  ],
  ['a key', damaged('labels."my key".x', ['"', "'", '.', '=', '\n']), parseDottedKey],
  [
    'a value',
    damaged('["a", 1979-05-27]', ['"', '[', '{', '1e9', 'inf']),
    (text) => acceptValue(text, provider, true),
  ],
  [
    'a Compose file',
    yaml(compose),
    (text) => [
      publishedPorts(text),
      servicesOfOverride(text, compose, text),
      strangeServices(text, text),
    ],
  ],
  [
    'a merge of Compose files',
    yaml(compose),
    (text) => merged('backend/docker-compose.yml', compose, text, `${compose}# new\n`),
  ],
  ['a merge of TOML', tomlText, (text) => merged(platform, toml, text, `${toml}\n[new]\na = 1\n`)],
  ['a release description', yaml(releaseYaml), parseRelease],
  ['a lock file', hostileJson(lock), (text) => parseLock(text, 'lock.json')],
  ['a record of backups', hostileJson({ formatVersion: 1, backups: [] }), readRecord],
  ['a header of a backup', hostileJson(backup), parseHeader],
  ['a manifest of a backup', hostileJson(backup), parseBackup],
  [
    'a manifest of the registry',
    hostileJson(manifest),
    (text) => parseManifest(Buffer.from(text), 'x'),
  ],
  [
    "Docker's configuration",
    hostileJson(dockerConfig),
    (text) => {
      storedLogin(text, 'x.example');
      mustBeDockerConfig(text, 'config.json');
      namesHelper(text, 'x.example');
      withHelper(text, 'x.example', 'config.json');
    },
  ],
  [
    'the state of the helper',
    hostileJson({ formatVersion: 1, registries: {} }),
    (text) => parseHelperRegistry(text, 'r.json'),
  ],
  ['docker info', hostileJson(info), (text) => parseDockerInfo(text, text)],
  [
    'docker compose config',
    hostileJson(model),
    (text) => [parseComposeConfig(text), parseComposeModel(text)],
  ],
  ['docker container inspect', hostileJson([containerAnswer('a')]), parseContainers],
  ['docker image inspect', hostileJson([{ Id: 'a', RepoDigests: ['x@y'], Size: 1 }]), parseImages],
  ['docker stats', hostileJson({ ID: 'a', MemUsage: '1MiB / 2GiB' }), parseMemory],
  ['docker system df', hostileJson({ Volumes: [{ Name: 'v', Size: '1MB' }] }), parseVolumeSizes],
  ['docker volume ls', hostileJson({ Name: 'v' }), parseNames],
  [
    'versions',
    say(
      'nginx version: nginx/1.18.0 (Ubuntu)',
      'v2.29.7-desktop.1',
      '26.1.5+dfsg1',
      '1.',
      '9'.repeat(400),
    ),
    (text) => [
      parseNginxVersion(text),
      versionNumber(text),
      isAtLeast(text, '24.0.0'),
      parseSize(text),
    ],
  ],
  [
    'nginx -V',
    say(
      'configure arguments:',
      "--prefix=/etc/nginx --with-cc-opt='-g -O2'",
      '--conf-path=',
      "'",
      '"',
      '--without-x',
    ),
    parseBuild,
  ],
  [
    'files of the system',
    say(
      'NAME="Ubuntu"',
      '0: 0100007F:1F90 00000000:0000 0A',
      '36 35 98:0 / /mnt rw - ext4 /dev/x rw',
      '\\040',
    ),
    (text) => [parseOsRelease(text), parseSockets(text), parseMountInfo(text)],
  ],
  [
    'networks',
    say('203.0.113.0/24,', '::1/128', '2001:db8::', '::ffff:1.2.3.4', '/', '999.1.1.1/33'),
    parseCidrs,
  ],
  [
    "docker's last words",
    say(
      'docker-credential-x',
      'error saving credentials',
      'repository',
      'manifest for',
      'permission denied',
      'login attempt',
      'executable file not found',
      'level=error\n',
    ),
    (text) => [dockerFailure(text, 'x'), plainLog(text)],
  ],
];

/** The longest that one text may take, in milliseconds of the processor: what else the machine does is no fault. */
const patience = 5000;

function spent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

describe('nothing worse than a refusal comes of', () => {
  it.each(attackers)(
    '%s',
    (_name, texts, read) => {
      const check = fc.property(texts, (text) => {
        const begun = spent();
        try {
          read(text);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
        expect(spent() - begun).toBeLessThan(patience);
        expect(Object.keys(Object.prototype)).toEqual([]);
      });
      const examples = worst.map((text): [string] => [text]);
      const numRuns = examples.length + shareOf(attackers.length);
      fc.assert(check, { numRuns, examples, interruptAfterTimeLimit: timeout });
    },
    timeout + 60_000,
  );
});
