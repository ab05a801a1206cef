import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk, finished, program } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

/** Azure OpenAI: chosen at `init`, or later; and back. */

let registry: EmbeddedRegistry;
const desks: Desk[] = [];
const files = ['backend/config/platform.toml', 'backend/config/chatbot.toml'] as const;

const common = {
  url: 'chat.example-bank.com',
  sendgrid_api_key: 'SG.1',
  desired_email_from: 'example-bank.com',
  sendgrid_inbound_url_key_param: 'inbound',
};
const azure = {
  openai_provider: 'azure',
  azure_openai_endpoint: 'https://example-bank.openai.azure.com/',
  azure_openai_deployment: 'gpt-4o',
  azure_openai_api_key: 'canary-azure-key',
};

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.11.0' });
});
afterAll(async () => {
  for (const desk of desks) desk.remove();
  await registry.close();
});

async function installedDesk(values: object) {
  const desk = new Desk(registry);
  desks.push(desk);
  desk.putDockerStandInOnPath();
  desk.credentials();
  desk.write('values.json', values);
  const { document, stderr } = await desk.json('init', '--values', 'values.json');
  expect(document.ok, stderr).toBe(true);
  return { desk, unset: document.result.unset.map(({ key }: { key: string }) => key) };
}

const read = (desk: Desk, file: string) => readFileSync(desk.path('proto', file), 'utf8');
const unsetKeys = async (desk: Desk) =>
  (await desk.run('config', 'list', '--unset')).stdout.match(/^[a-z]\S+/gm) ?? [];

/** Gives a secret on stdin, as a script does. */
function piped(desk: Desk, input: string, ...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { cwd: desk.folder, env: desk.env });
  child.stdin.end(input);
  return finished(child);
}

describe('azure chosen at init', () => {
  it('has endpoint, deployment, API version and key in both services, and nothing of OpenAI’s is asked for', async () => {
    const { desk, unset } = await installedDesk({ ...common, ...azure });
    expect(unset).toEqual([]);
    expect(await unsetKeys(desk)).toEqual([]);
    for (const file of files) {
      const section = read(desk, file).match(/^\[azure_openai\][\s\S]*?(?=\n\[api\])/m)?.[0];
      expect(section?.match(/^\w+ = .*$/gm)).toEqual([
        'endpoint = "https://example-bank.openai.azure.com"',
        'deployment = "gpt-4o"',
        'api_version = "2024-10-21"',
        'api_key = "canary-azure-key"',
      ]);
      expect(read(desk, file)).toContain('provider = "azure"\n');
    }
    const { stdout, stderr } = await desk.run('config', 'list');
    expect(stdout + stderr).not.toContain('canary-azure-key');
  });

  it('without its values names them, and not the key of OpenAI', async () => {
    const { unset } = await installedDesk({ ...common, openai_provider: 'azure' });
    expect([...new Set(unset)]).toEqual([
      'azure_openai.endpoint',
      'azure_openai.deployment',
      'azure_openai.api_key',
    ]);
  });
});

describe('azure chosen later', () => {
  let desk: Desk;
  let before: string[];

  beforeAll(async () => {
    ({ desk } = await installedDesk({ ...common, openai_api_key: 'sk-1' }));
    for (const file of files) {
      const text = read(desk, file).replace(
        '[azure_openai]\n',
        '# Ask IT before you change this.\n[azure_openai] # ours\n',
      );
      writeFileSync(desk.path('proto', file), text);
    }
    before = files.map((file) => read(desk, file));
  });

  it('names what is mandatory now, and changes nothing but the one value', async () => {
    const { code, stdout } = await desk.run('config', 'set', 'openai.provider', 'azure');
    expect(code).toBe(0);
    expect(stdout.split('NOW MANDATORY, BUT NOT SET:')[1]?.match(/config set \S+/g)).toEqual([
      'config set azure_openai.endpoint',
      'config set azure_openai.deployment',
      'config set azure_openai.api_key',
    ]);
    for (const [index, file] of files.entries()) {
      expect(read(desk, file)).toBe(
        before[index]?.replace('provider = "openai"', 'provider = "azure"'),
      );
    }
  });

  it('stops the start until all of it is set', async () => {
    const start = await desk.run('start');
    expect(start.code).toBe(5);
    expect(start.stderr).toMatch(/chatbot\.toml:\d+ azure_openai\.deployment: is not set/);
    expect(start.stderr).not.toContain('openai.api_key: is not set: OpenAI API key');
  });

  it('is set key by key in both files, the secret from stdin, comments kept', async () => {
    await desk.run(
      'config',
      'set',
      'azure_openai.endpoint',
      'https://example-bank.openai.azure.com',
    );
    await desk.run('config', 'set', 'azure_openai.deployment', 'gpt-4o');
    const argument = await desk.run('config', 'set', 'azure_openai.api_key', 'canary-azure-key');
    expect(argument.stderr).toContain('[CONFIG_SECRET_IN_ARGUMENTS]');
    const { code } = await piped(
      desk,
      'canary-azure-key\n',
      'config',
      'set',
      'azure_openai.api_key',
    );
    expect(code).toBe(0);
    expect(await unsetKeys(desk)).toEqual([]);
    for (const file of files) {
      expect(read(desk, file)).toContain('api_key = "canary-azure-key"');
      expect(read(desk, file)).toContain(
        '# Ask IT before you change this.\n[azure_openai] # ours\n',
      );
    }
    const wrong = await desk.run('config', 'set', 'azure_openai.endpoint', 'example-bank');
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('must be an address such as'),
    ]);
  });

  it('goes back to OpenAI with the key that was there, to the byte', async () => {
    const { stdout } = await desk.run('config', 'set', 'openai.provider', 'openai');
    expect(stdout).not.toContain('MANDATORY');
    for (const key of ['endpoint', 'deployment', 'api_key']) {
      await desk.run('config', 'unset', `azure_openai.${key}`);
    }
    expect(files.map((file) => read(desk, file))).toEqual(before);
    // What has no part is not asked for.
    expect(await unsetKeys(desk)).toEqual([]);
  });
});
