import { mkdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { treeOf } from '../support/tree.ts';

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  desk.credentials();
  // Not even a program is started.
  desk.env.PATH = '/nonexistent';
});
afterEach(() => desk.remove());

const repositories = [
  'proto/platform',
  'proto/chatbot',
  'proto/msgrouter-ws',
  'proto/postgres',
  'proto/bucket',
  'proto/web-app',
  'proto/webchat',
];
const host = '123456789012.dkr.ecr.ap-southeast-1.amazonaws.com';
const files = [
  '.proto.schema.json',
  'backend/config/.bucket.schema.json',
  'backend/config/.chatbot.schema.json',
  'backend/config/.msgrouter_ws.schema.json',
  'backend/config/.platform.schema.json',
  'backend/config/bucket.toml',
  'backend/config/chatbot.toml',
  'backend/config/msgrouter_ws.toml',
  'backend/config/platform.toml',
  'backend/docker-compose.yml',
  'backend/secrets/postgres_password',
  'nginx/proto.conf',
  'proto.toml',
];

describe('init --dry-run', () => {
  it('shows the plan and what would be unset, asks no one and changes nothing', async () => {
    desk.write('values.toml', 'sendgrid_api_key = "SG.1"\ndesired_email_from = "example-bank.com"');
    const before = treeOf(desk.folder, { times: true });
    const args = ['--url', 'chat.example-bank.com', '--values', 'values.toml'];
    const { code, stdout, stderr } = await desk.run('init', '--dry-run', ...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').slice(0, 20)).toEqual([
      `Plan for ${desk.path('proto')}`,
      '  > resolve 7 repositories at stable to digests',
      `  > log Docker in to ${host}`,
      '  > download proto/web-app to frontend/',
      '  > download proto/webchat to webchat/',
      ...files.map((path) => `  + ${path}`),
      '',
      'Not set yet:',
    ]);
    expect(stdout.split('\n').slice(20)).toEqual([
      expect.stringMatching(
        /^ {2}proto\/backend\/config\/chatbot\.toml:18 +openai\.api_key +OpenAI API key$/,
      ),
      expect.stringMatching(
        /^ {2}proto\/backend\/config\/platform\.toml:28 +sendgrid\.inbound_parse_key /,
      ),
      expect.stringMatching(/^ {2}proto\/backend\/config\/platform\.toml:37 +openai\.api_key /),
      '',
      'This was a dry run: no server was contacted and nothing was changed.',
      '',
    ]);
    expect(registry.requests).toEqual([]);
    expect(treeOf(desk.folder, { times: true })).toEqual(before);
  });

  it('gives the same plan as data', async () => {
    const before = treeOf(desk.folder, { times: true });
    const { document, code } = await desk.json(
      'init',
      '--dry-run',
      '--pull',
      '--release',
      '2026.11.0',
    );
    expect(code).toBe(0);
    expect(document).toMatchObject({ formatVersion: 1, command: 'init', ok: true, notices: [] });
    expect(document.result.dryRun).toBe(true);
    expect(document.result.plan).toEqual({
      command: 'init',
      installation: desk.path('proto'),
      actions: [
        { kind: 'resolve', repositories, tag: '2026.11.0' },
        { kind: 'registry-login', registry: host },
        { kind: 'fetch-bundle', repository: 'proto/web-app', folder: 'frontend' },
        { kind: 'fetch-bundle', repository: 'proto/webchat', folder: 'webchat' },
        {
          kind: 'pull',
          images: repositories.slice(0, 5).map((name) => `${host}/${name}:2026.11.0`),
        },
      ],
      files: files.map((path) => ({ kind: 'create', path })),
    });
    expect(document.result.unset).toHaveLength(12);
    expect(document.result.unset[0]).toEqual({
      file: 'backend/config/chatbot.toml',
      line: 9,
      key: 'app.base_api_url',
      placeholder: 'YOUR_URL',
      mandatory: true,
    });
    expect(registry.requests).toEqual([]);
    expect(treeOf(desk.folder, { times: true })).toEqual(before);
  });

  it('refuses what init would refuse', async () => {
    mkdirSync(desk.path('proto'));
    desk.write('proto/notes.txt', 'mine');
    const { document, code } = await desk.json('init', '--dry-run');
    expect([code, document.error.code]).toEqual([2, 'FOLDER_NOT_EMPTY']);
  });

  it('leaves even what a killed init left behind', async () => {
    mkdirSync(desk.path('.proto.init/tree'), { recursive: true });
    desk.write('.proto.init/holder.json', { pid: 1, host: 'elsewhere', bootId: '', ticks: '' });
    mkdirSync(desk.path('.proto.init-999999-0123abcd'));
    const before = treeOf(desk.folder, { times: true });
    expect((await desk.run('init', '--dry-run')).code).toBe(0);
    expect(treeOf(desk.folder, { times: true })).toEqual(before);
  });
});
