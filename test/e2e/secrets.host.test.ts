import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import TOML from '@iarna/toml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canary, canaryKey, formsOf, leaksIn } from '../support/canaries.ts';
import { Desk, type Outcome } from '../support/program.ts';
import { type EmbeddedRegistry, exampleKey, startRegistry } from '../support/registry/index.ts';

const aws = { secret_access_key: canaryKey('aws'), session_token: canaryKey('session') };
const values = {
  sendgrid_api_key: canary('sendgrid'),
  sendgrid_inbound_url_key_param: canary('inbound'),
  openai_api_key: canary('openai'),
  azure_openai_api_key: canary('azure'),
};
const given = [...Object.values(aws), ...Object.values(values)];

let registry: EmbeddedRegistry;
let desk: Desk;

beforeEach(async () => {
  registry = await startRegistry({
    keys: [
      { ...exampleKey, secretAccessKey: aws.secret_access_key, sessionToken: aws.session_token },
    ],
  });
  await registry.seedRelease();
  desk = new Desk(registry);
  desk.credentials({ aws });
  desk.write('values.toml', TOML.stringify(values));
});
afterEach(async () => {
  desk.remove();
  await registry.close();
});

const init = ['init', '--values', 'values.toml', '--verbose'];

/** The real docker, after its arguments and its environment were noted down. */
function watchDocker(): () => string {
  const log = desk.path('.bin/log');
  const real = `PATH="\${PATH#*:}" exec docker "$@"`;
  desk.putOnPath(
    'docker',
    `{ env; cat "/proc/$$/cmdline"; echo; echo "argv: $*"; } >>'${log}'\n${real}`,
  );
  return () => readFileSync(log, 'utf8');
}

function storedToken(): string {
  const { auths } = JSON.parse(readFileSync(desk.path('.docker/config.json'), 'utf8'));
  return Buffer.from(auths[registry.registryHost].auth, 'base64').toString().replace('AWS:', '');
}

/** The secrets that init made, from the files it wrote. */
function generatedSecrets(): string[] {
  const platform = readFileSync(desk.path('proto/backend/config/platform.toml'), 'utf8');
  return platform.match(/(?<=(?:secret_key|access_key|password) = ")[^"]+/g) ?? [];
}

const printed = ({ stdout, stderr }: Outcome) => stdout + stderr;

describe('the forms of a canary', () => {
  it('are found wherever it is hidden', () => {
    const [secret = ''] = given;
    for (const form of [...formsOf(secret), Buffer.from(`AWS:${secret}`).toString('base64')]) {
      expect(leaksIn(`before ${form} after`, given), form).toContain(secret);
    }
    expect(leaksIn('nothing', given)).toEqual([]);
  });
});

describe('no secret', () => {
  it('is printed, given to another program, or readable by others when init succeeds', async () => {
    const calls = watchDocker();
    const people = await desk.run(...init);
    expect(people.code, people.stderr).toBe(0);
    const secrets = [...given, storedToken(), ...generatedSecrets()];
    expect(generatedSecrets()).toHaveLength(5);
    expect(leaksIn(printed(people), secrets)).toEqual([]);
    expect(leaksIn(calls(), secrets)).toEqual([]);
    const json = await desk.run(...init, 'second', '--json', '--yes');
    expect(json.code).toBe(0);
    expect(leaksIn(printed(json), secrets)).toEqual([]);
    const login = `argv: login --username AWS --password-stdin ${registry.registryHost}`;
    const info = 'argv: info --format {{json .}}';
    // Where a port of the services is taken on this machine, Docker is asked whose it is.
    const argv = calls().match(/^argv: (?!ps ).*$/gm);
    expect(argv).toEqual([...[info, login], ...[info, login]]);
  });

  it('stands in a file that others may read', async () => {
    desk.through = ['sh', '-c', 'umask 000; exec "$@"', 'sh'];
    await desk.run(...init);
    const secrets = [...given, storedToken(), ...generatedSecrets()];
    const holding = readdirSync(desk.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => leaksIn(readFileSync(path, 'utf8'), secrets).length > 0);
    expect(holding.length).toBeGreaterThan(6);
    for (const path of holding) expect(statSync(path).mode & 0o007, path).toBe(0);
  });

  it('is printed by a dry run or a login', async () => {
    for (const args of [
      [...init, '--dry-run'],
      ['login', '--verbose'],
      ['login', '--json'],
    ]) {
      const outcome = await desk.run(...args);
      expect(outcome.code).toBe(0);
      expect(leaksIn(printed(outcome), given)).toEqual([]);
    }
    expect(leaksIn(printed(await desk.run('login', '--verbose')), [storedToken()])).toEqual([]);
  });
});

/** Ways to fail in each stage, with the exit code. */
const failures: [what: string, set: () => unknown, exitCode: number, more?: string[]][] = [
  ['the values are wrong', () => desk.write('values.toml', `${TOML.stringify(values)}url = 1`), 2],
  ['the values are no TOML', () => desk.write('values.toml', `x = "${values.openai_api_key}`), 2],
  ['the values have a secret for a key', () => desk.write('values.toml', `[["${given[2]}"]]`), 2],
  [
    'the credentials are cut off',
    () => {
      const text = readFileSync(desk.path('proto_credentials.json'), 'utf8');
      desk.write('proto_credentials.json', text.slice(0, text.indexOf('session_token') + 30));
    },
    2,
  ],
  [
    'the credentials have faults',
    () => desk.credentials({ aws: { ...aws, region: aws.session_token } }),
    2,
  ],
  [
    'the secret is refused',
    () => desk.credentials({ aws: { ...aws, secret_access_key: `${given[0]}x` } }),
    4,
  ],
  [
    'the session token is refused',
    () => desk.credentials({ aws: { ...aws, session_token: `${given[1]}x` } }),
    4,
  ],
  ['AWS is out of order', () => registry.faults.add({ kind: 'status', status: 500, match: {} }), 4],
  ['AWS answers nonsense', () => registry.faults.add({ kind: 'wrong-json', match: {} }), 4],
  ['the release is not there', () => undefined, 4, ['--release', 'none']],
  [
    'a download is damaged',
    () => registry.faults.add({ kind: 'wrong-digest', match: { role: 's3' } }),
    4,
  ],
  ['docker repeats its input', () => desk.putOnPath('docker', 'cat >&2; exit 1'), 3],
  [
    'docker repeats its input in Base64',
    () => desk.putOnPath('docker', 'base64 -w0 >&2; exit 1'),
    3,
  ],
  ['the target is taken', () => mkdirSync(desk.path('proto/.proto'), { recursive: true }), 2],
];

/** A token, which is another each time, or a part of it: nothing else is as long without a blank. */
const tokenLike = /[A-Za-z0-9+/=_-]{200}/;

describe('no secret is printed where', () => {
  it.each(failures)('%s', async (_what, set, exitCode, more = []) => {
    desk.putOnPath('docker', 'cat >"$DOCKER_CONFIG/token"; exit 1');
    mkdirSync(desk.path('.docker'));
    await desk.run('login');
    expect(readFileSync(desk.path('.docker/token'), 'utf8')).toMatch(tokenLike);
    set();
    for (const form of [[], ['--json']]) {
      const outcome = await desk.run(...init, ...more, ...form);
      expect(outcome.code, outcome.stderr).toBe(exitCode);
      expect(leaksIn(printed(outcome), given)).toEqual([]);
      expect(printed(outcome)).not.toMatch(tokenLike);
    }
  });
});
