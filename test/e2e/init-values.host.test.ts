import { readFileSync } from 'node:fs';
import TOML from '@iarna/toml';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  desk.credentials();
});
afterEach(() => desk.remove());

const config = (service: string): any =>
  TOML.parse(readFileSync(desk.path(`proto/backend/config/${service}.toml`), 'utf8'));

const all = {
  url: 'https://Chat.Example-Bank.com/',
  sendgrid_api_key: 'SG."quoted" $HOME #1',
  desired_email_from: 'example-bank.com',
  sendgrid_inbound_url_key_param: "it's\\a\nkey",
  openai_api_key: 'sk-{YOUR_URL}',
};

describe('values', () => {
  it.each([
    ['TOML', 'values.toml', () => TOML.stringify(all)],
    ['JSON', 'values.json', () => JSON.stringify(all)],
  ])(
    'of a %s file go where the platform reads them, and nothing is unset',
    async (_kind, name, text) => {
      desk.write(name, text());
      const { document, code } = await desk.json('init', '--values', name);
      expect(code).toBe(0);
      expect(document.result.unset).toEqual([]);
      const { app, cors, sendgrid, openai, api } = config('platform');
      expect(app).toEqual({
        base_url: 'https://chat.example-bank.com',
        base_api_url: 'https://chat.example-bank.com/api',
      });
      expect(cors.allow_origins).toEqual(['https://chat.example-bank.com']);
      expect(sendgrid).toEqual({
        api_key: all.sendgrid_api_key,
        from_domain: 'example-bank.com',
        inbound_parse_key: all.sendgrid_inbound_url_key_param,
      });
      expect(openai).toEqual({ provider: 'openai', api_key: 'sk-{YOUR_URL}' });
      expect(api.frontend_url).toBe('https://chat.example-bank.com');
      expect(api).toMatchObject({ algorithm: 'HS256', access_token_expire_minutes: 3600 });
    },
  );

  it('of a flag win over the file, and the file is checked all the same', async () => {
    desk.write('values.toml', 'YOUR_URL = "file.example"');
    await desk.run('init', '--values', 'values.toml', '--url', 'flag.example:8443');
    expect(config('platform').app.base_url).toBe('https://flag.example:8443');
  });

  it('for Azure leave nothing of OpenAI unset', async () => {
    desk.write('values.toml', 'openai_provider = "azure"\nazure_openai_deployment = "gpt-4o"');
    const { document } = await desk.json('init', '--values', 'values.toml', '--url', 'a.example');
    const unset: { key: string }[] = document.result.unset;
    const keys = [...new Set(unset.map(({ key }) => key))].filter((key) => /openai/.test(key));
    expect(keys).toEqual(['azure_openai.endpoint', 'azure_openai.api_key']);
    expect(config('chatbot').openai.provider).toBe('azure');
    expect(config('chatbot').azure_openai.deployment).toBe('gpt-4o');
  });

  it('that were not given stay as their placeholders, and are listed', async () => {
    const { document } = await desk.json('init');
    const unset: { file: string; placeholder: string; mandatory: boolean }[] =
      document.result.unset;
    expect(unset).toHaveLength(12);
    for (const { file, placeholder } of unset) {
      expect(readFileSync(desk.path('proto', file), 'utf8')).toContain(`{${placeholder}}`);
    }
    expect(config('platform').app.base_url).toBe('https://{YOUR_URL}');
  });
});

describe('the release', () => {
  it('is the one of the credentials, or of --release', async () => {
    await registry.seedRelease({ version: '2026.12.0', tags: ['2026.12.0'] });
    desk.credentials({ release: '2026.11.0' });
    const lock = (folder: string) =>
      JSON.parse(readFileSync(desk.path(folder, '.proto/lock.json'), 'utf8'));
    await desk.run('init', 'one');
    expect(lock('one').images.platform).toMatchObject({ tag: '2026.11.0', version: '2026.11.0' });
    await desk.run('init', 'two', '--release', '2026.12.0');
    expect(lock('two').images.platform).toMatchObject({ tag: '2026.12.0', version: '2026.12.0' });
    expect(lock('two').release.tag).toBe('2026.12.0');
  });
});
