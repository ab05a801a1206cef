import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import TOML from '@iarna/toml';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canary, canaryKey } from '../support/canaries.ts';
import { type EngineMood, putEngineOnPath } from '../support/engine-stand-in.ts';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, exampleKey, startRegistry } from '../support/registry/index.ts';
import { releaseFolder } from '../support/releases.ts';
import { leaksOf, openFiles, runWatched } from '../support/secret-watch.ts';
import { copyWithOwners } from '../support/tree.ts';

/** No command lets a secret out: printed, on a command line, in an environment, or in a file for others. */

const aws = { secret_access_key: canaryKey('aws'), session_token: canaryKey('session') };
const values = {
  sendgrid_api_key: canary('sendgrid'),
  sendgrid_inbound_url_key_param: canary('inbound'),
  openai_api_key: canary('openai'),
  azure_openai_api_key: canary('azure'),
};
const piped = canary('piped');
const given = [...Object.values(aws), ...Object.values(values), piped];

/** Where a command is run: what has been installed, and from what. */
const scenes = {
  'on-premise': {
    hosting: 'on-premise',
    services: ['platform', 'chatbot', 'msgrouter_ws', 'postgres', 'bucket'],
    values: { ...values, url: 'chat.example-bank.com', desired_email_from: 'example-bank.com' },
    args: [],
  },
  'an older release': {
    hosting: 'on-premise',
    services: ['platform', 'chatbot', 'msgrouter_ws', 'postgres', 'bucket'],
    values: { ...values, url: 'chat.example-bank.com' },
    args: ['--templates', releaseFolder('2026.10.0')],
  },
  hybrid: {
    hosting: 'hybrid',
    services: ['postgres', 'bucket'],
    values: { url: 'data.example-bank.com', allowed_cidrs: '203.0.113.0/24' },
    args: [],
  },
} as const;
type Scene = keyof typeof scenes;

interface Row {
  readonly args: readonly string[];
  readonly scene?: Scene;
  readonly engine?: EngineMood;
  readonly stdin?: string;
  /** The exit code, so that a row is known to get where it should. */
  readonly code: number;
  readonly before?: (desk: Desk) => unknown;
  /** It hands the terminal over, and has no --json. */
  readonly passes?: true;
  /** It has no flags of ours at all. */
  readonly bare?: true;
}

const platform = 'proto/backend/config/platform.toml';
const edit = (from: string | RegExp, to: string) => (desk: Desk) => {
  const text = readFileSync(desk.path(platform), 'utf8');
  const after = text.replace(from, () => to);
  if (after === text) throw new Error(`the edit of ${from} changes nothing`);
  writeFileSync(desk.path(platform), after);
};
/** A line that is not TOML, with a secret in it. */
const breakFile = edit(/^api_key = .*$/m, `api_key = ${canary('openai')}`);
const ownConflict = edit(/^inbound_parse_key = .*$/m, `inbound_parse_key = 'canary-inbound/+"'`);
const gossip = 'gossip' as const;
const small = ['--ignore', 'memory', '--ignore', 'service-ports'];
const init = ['--values', 'values.toml', 'second'];

/** Every command of the program. One that has no row fails. */
const rows: Record<string, readonly Row[]> = {
  init: [
    { args: init, code: 0 },
    { args: init, code: 0, scene: 'hybrid' },
    { args: [...init, '--dry-run'], code: 0 },
    { args: init, code: 3, engine: 'echo' },
    { args: ['--values', 'values.toml', 'proto'], code: 2 },
    { args: ['--release', 'none', ...init], code: 4 },
  ],
  check: [
    { args: [], code: 3 },
    { args: [], code: 3, engine: gossip },
    { args: [], code: 3, before: breakFile },
    { args: ['--urls'], code: 0 },
    { args: [], code: 3, scene: 'hybrid' },
  ],
  update: [
    { args: ['--yes'], code: 0 },
    { args: [], code: 5, scene: 'an older release' },
    { args: ['--dry-run', '--diff'], code: 0, scene: 'an older release' },
    { args: ['--yes', '--no-backup', ...small], code: 0, scene: 'an older release' },
    { args: ['--yes', '--backup', ...small], code: 0, scene: 'an older release' },
    { args: ['--dry-run', '--diff'], code: 0, scene: 'an older release', before: ownConflict },
    { args: ['--dry-run', '--diff'], code: 0, scene: 'an older release', before: breakFile },
    { args: [], code: 3, scene: 'an older release', engine: gossip },
  ],
  history: [{ args: [], code: 0 }],
  rollback: [
    { args: [], code: 2 },
    {
      args: ['1', '--yes'],
      code: 0,
      before: (desk) => desk.run('config', 'set', 'database.port', '1'),
    },
    {
      args: ['1', '--yes'],
      code: 3,
      engine: gossip,
      before: (desk) => desk.run('config', 'set', 'database.port', '1'),
    },
  ],
  backup: [
    { args: ['b.tar'], code: 0 },
    { args: ['b.tar'], code: 3, engine: gossip },
    { args: ['--verify', platform], code: 2 },
  ],
  restore: [
    { args: ['--dry-run', 'b.tar'], code: 0, before: (desk) => desk.run('backup', 'b.tar') },
    { args: [platform], code: 2 },
    { args: ['b.tar', '--identity', platform], code: 2 },
  ],
  start: [
    { args: [...small], code: 0 },
    { args: ['--wait', '1', ...small], code: 3, engine: 'dying' },
    { args: [...small], code: 3, engine: gossip },
    { args: [...small], code: 5, before: breakFile },
    { args: [...small], code: 3, engine: 'dying', scene: 'hybrid' },
  ],
  stop: [
    { args: [], code: 0 },
    { args: [], code: 3, engine: gossip },
  ],
  restart: [
    { args: [], code: 0 },
    { args: ['--wait', '1'], code: 3, engine: 'dying' },
    { args: [], code: 3, engine: gossip },
  ],
  reload: [
    { args: [], code: 0 },
    { args: [], code: 3, engine: gossip },
  ],
  status: [
    { args: [], code: 0 },
    { args: ['--wait', '1'], code: 3, engine: 'dying' },
    { args: [], code: 3, engine: gossip },
    { args: ['--wait', '1'], code: 3, engine: gossip },
  ],
  // What a service or psql prints is passed on as it is: only what the program says itself is looked at.
  logs: [{ args: ['platform'], code: 0, passes: true }],
  psql: [{ args: ['-c', 'select 1'], code: 0, passes: true }],
  completion: [{ args: ['bash'], code: 0, bare: true }],
  complete: [
    { args: ['--', 'config', 'get', ''], code: 0, bare: true },
    { args: ['--', 'config', 'set', 'sendgrid.api_key', ''], code: 0, bare: true },
  ],
  login: [
    { args: [], code: 0 },
    { args: [], code: 3, engine: 'echo' },
    { args: ['--helper'], code: 3 },
  ],
  'config list': [
    { args: [], code: 0 },
    { args: ['--changed'], code: 0, before: ownConflict },
    { args: [], code: 0, before: breakFile },
  ],
  'config get': [
    { args: ['openai.api_key'], code: 2 },
    { args: ['openai.api_key'], code: 5, before: breakFile },
    { args: ['openai.provider'], code: 0 },
  ],
  'config set': [
    { args: ['openai.api_key'], stdin: piped, code: 0 },
    { args: ['database.port'], stdin: piped, code: 2 },
    { args: ['openai.api_key', '--toml'], stdin: piped, code: 2 },
    { args: ['database.password'], stdin: piped, code: 5 },
    { args: ['openai.api_key'], stdin: piped, code: 5, before: breakFile },
  ],
  'config unset': [
    { args: ['openai.api_key'], code: 0, before: edit(/^api_key = .*$/m, 'api_key = "mine"') },
    { args: ['openai.api_key'], code: 5, before: breakFile },
  ],
  'config rotate': [
    { args: ['api.secret_key', '--yes'], code: 0 },
    { args: ['database.password', '--yes'], code: 0 },
    { args: ['database.password', '--yes'], code: 3, engine: gossip },
    { args: ['openai.api_key'], code: 2 },
    { args: ['postgres_password', '--yes'], code: 0, scene: 'hybrid' },
  ],
  nginx: [
    { args: [], code: 0 },
    { args: ['--test'], code: 0 },
    { args: ['--certificate', platform, '--certificate-key', platform, '--test'], code: 5 },
  ],
  connection: [
    { args: [], code: 0, scene: 'hybrid' },
    { args: [], code: 2 },
  ],
  certificate: [
    { args: [], code: 0, scene: 'hybrid' },
    { args: ['--renew', '--new-ca', '--yes'], code: 0, scene: 'hybrid' },
  ],
  adopt: [
    { args: ['--yes'], code: 0 },
    { args: ['--new', '--yes'], code: 0 },
    { args: [], code: 3, engine: gossip },
  ],
  uninstall: [
    { args: ['--dry-run', '--data'], code: 0 },
    { args: ['--yes'], code: 0 },
    { args: ['--yes'], code: 3, engine: gossip },
  ],
};

let registry: EmbeddedRegistry;
const seeds = new Map<Scene, Desk>();
let desk: Desk | undefined;

beforeAll(async () => {
  const secretAccessKey = aws.secret_access_key;
  registry = await startRegistry({
    keys: [{ ...exampleKey, secretAccessKey, sessionToken: aws.session_token }],
  });
  await registry.seedRelease({ version: '2026.10.0', tags: ['stable'] });
  await install('an older release');
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
  await install('on-premise');
  await install('hybrid');
}, 120_000);
afterAll(async () => {
  for (const seed of seeds.values()) seed.remove();
  await registry.close();
});
afterEach(() => desk?.remove());

async function install(scene: Scene): Promise<void> {
  const { hosting, services, values, args } = scenes[scene];
  const seed = new Desk(registry);
  seeds.set(scene, seed);
  putEngineOnPath(seed, services, 'well');
  seed.credentials({ hosting, aws });
  seed.write('values.toml', TOML.stringify({ ...values }));
  const outcome = await seed.run('init', '--values', 'values.toml', ...args);
  expect(outcome.code, outcome.stderr).toBe(0);
}

/** A copy of a scene, under an engine of that mood. */
function copyOf(scene: Scene, engine: EngineMood): Desk {
  const copy = new Desk(registry);
  copyWithOwners(seeds.get(scene)?.folder ?? '', copy.folder);
  putEngineOnPath(copy, scenes[scene].services, engine);
  return copy;
}

/** What stands in the files that only secrets are in, and in the configuration's secret keys. */
function generated(at: Desk): string[] {
  const found = new Set<string>();
  for (const folder of ['proto/backend/secrets', 'proto/backend/config']) {
    for (const name of readdirSync(at.path(folder))) {
      const text = readFileSync(at.path(folder, name), 'utf8');
      if (name === 'ca_certificate' || name === 'tls_certificate') continue;
      if (name.endsWith('.toml')) {
        for (const [secret] of text.matchAll(/(?<=(?:secret_key|access_key|password) = ")[^"]+/g))
          found.add(secret);
      } else {
        // Of a private key each line by itself; its frame is the same in all.
        for (const line of text.split('\n'))
          if (line.length > 40 && !/ /.test(line)) found.add(line);
      }
    }
  }
  return [...found];
}

/** Every command of the commander tree that has an action. */
async function commandNames(): Promise<string[]> {
  const root = new Command();
  const folder = new URL('../../src/cli/', import.meta.url);
  for (const file of readdirSync(folder)) {
    const module = (await import(new URL(file, folder).href)) as Record<string, unknown>;
    for (const [name, add] of Object.entries(module)) {
      if (/^add[A-Z]/.test(name))
        (add as (to: Command, run: unknown) => void)(root, () => () => {});
    }
  }
  const below = (command: Command, path: string): string[] =>
    command.commands.flatMap((each) => {
      const name = `${path}${each.name()}`;
      return each.commands.length > 0 ? below(each, `${name} `) : [name];
    });
  return below(root, '');
}

describe('the table', () => {
  it('has a row for every command, and no other', async () => {
    expect(Object.keys(rows).sort()).toEqual((await commandNames()).sort());
  });
});

/** ECR's token, which is another each time, or a part of it: nothing else is as long without a blank. */
const tokenLike = /[A-Za-z0-9+/=_-]{200}/;

/** For people and for programs; where time is short, each row in one of the two. */
function formsOf(row: Row): string[][] {
  if (row.bare) return [[]];
  if (row.passes) return [['--verbose']];
  const forms = [['--verbose'], ['--json', '--verbose']];
  if (process.env.PROTO_TORTURE_RUNS !== undefined) return forms;
  const all = Object.values(rows).flat();
  return forms.slice(all.indexOf(row) % 2).slice(0, 1);
}

const cases = Object.entries(rows).flatMap(([name, list]) =>
  list.map((row): [string, Row] => {
    const where = `${row.scene ?? 'on-premise'}${row.engine ? `, engine: ${row.engine}` : ''}`;
    return [`${name} ${row.args.join(' ')} (${where}${row.before ? ', prepared' : ''})`, row];
  }),
);

describe('no secret is let out by', () => {
  it.each(cases)('%s', async (title, row) => {
    const name = Object.keys(rows).find((each) => `${title} `.startsWith(`${each} `)) ?? '';
    for (const form of formsOf(row)) {
      desk?.remove();
      desk = copyOf(row.scene ?? 'on-premise', 'well');
      await row.before?.(desk);
      putEngineOnPath(desk, scenes[row.scene ?? 'on-premise'].services, row.engine ?? 'well');
      const before = generated(desk);
      expect(before.length).toBeGreaterThan(2);
      const outcome = await runWatched(desk, [...name.split(' '), ...row.args, ...form], row.stdin);
      const after = name === 'uninstall' ? [] : generated(desk);
      expect([outcome.code, outcome.stderr]).toEqual([
        row.code,
        expect.not.stringContaining('This is a bug'),
      ]);
      expect(leaksOf(desk, outcome, [...given, ...before, ...after])).toEqual([]);
      for (const text of [outcome.executed, outcome.stdout, outcome.stderr]) {
        expect(text).not.toMatch(tokenLike);
      }
    }
  });
});

/** Commands that write files with a secret in them. */
const writers: [name: string, scene: Scene, args: string[]][] = [
  ['init', 'on-premise', ['init', '--values', 'values.toml', 'second']],
  ['init, hybrid', 'hybrid', ['init', '--values', 'values.toml', 'second']],
  ['update', 'an older release', ['update', '--yes', '--backup', ...small]],
  ['backup', 'on-premise', ['backup', 'b.tar']],
  ['config set', 'on-premise', ['config', 'set', 'database.port', '1']],
  ['config rotate', 'on-premise', ['config', 'rotate', 'database.password', '--yes']],
  ['certificate', 'hybrid', ['certificate', '--renew', '--new-ca', '--yes']],
];

describe('the files of', () => {
  it.each(writers)('%s have the same modes under any umask', async (_name, scene, args) => {
    const seen: string[][] = [];
    for (const umask of ['000', '022', '077']) {
      desk?.remove();
      desk = copyOf(scene, 'well');
      const before = generated(desk);
      desk.through = ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh'];
      const { code, stderr } = await desk.run(...args);
      expect(code, stderr).toBe(0);
      expect(openFiles(desk.folder, [...given, ...before, ...generated(desk)])).toEqual([]);
      seen.push(
        Object.entries(desk.tree()).map(([path, entry]) => {
          const [kind, mode] = entry.split(' ');
          return `${path.replace(/\d{4}-\d\d-\d\d-\d{4}/, 'DATE')} ${kind} ${mode}`;
        }),
      );
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });
});
