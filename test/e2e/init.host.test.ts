import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseLock } from '../../src/installation/lock.ts';
import { Desk, type Outcome } from '../support/program.ts';
import {
  type EmbeddedRegistry,
  type SeededRelease,
  startRegistry,
} from '../support/registry/index.ts';
import { webContent } from '../support/registry/web-content.ts';

let registry: EmbeddedRegistry;
let release: SeededRelease;
let desk: Desk;
let outcome: Outcome;

beforeAll(async () => {
  registry = await startRegistry();
  release = await registry.seedRelease({ version: '2026.11.0' });
  desk = new Desk(registry);
  desk.credentials();
  outcome = await desk.run('init', '--url', 'chat.example-bank.com');
});
afterAll(async () => {
  desk.remove();
  await registry.close();
});

const read = (path: string) => readFileSync(desk.path('proto', path));
const lock = () => parseLock(read('.proto/lock.json').toString(), 'lock.json');
const rendered = [
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

describe('init', () => {
  it('succeeds and says what was made, what is unset and what to type next', () => {
    expect(outcome.code, outcome.stderr).toBe(0);
    const lines = outcome.stdout.split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'Created proto: release 2026.11.0 (stable).',
      '  5 images and 2 static bundles are pinned by digest; 13 files were written.',
      `  Docker is logged in to ${registry.registryHost} for 12 hours.`,
      '  The platform is not running yet.',
    ]);
    expect(outcome.stdout).toMatch(
      / {2}proto\/backend\/config\/platform\.toml:22 +sendgrid\.api_key +SendGrid API key/,
    );
    expect(outcome.stdout).not.toContain('base_url');
    expect(lines.slice(-7)).toEqual([
      '',
      'Next: set these values in proto/backend/config, then start the platform:',
      '  cd proto/backend',
      '  docker compose up -d',
      'Or start it and wait until all services are healthy: proto-scaffold start',
      'nginx/proto.conf has changed. To install it: sudo proto-scaffold nginx --install',
      '',
    ]);
  });

  it('names the line and key of what is unset as they stand in the file', () => {
    const places = outcome.stdout.matchAll(/^ {2}proto\/(\S+):(\d+) +(\S+) /gm);
    const found = [...places].map(([, file = '', line, key = '']) => {
      const text = read(file).toString().split('\n')[Number(line) - 1];
      return [key.split('.').at(-1), text];
    });
    expect(found.length).toBe(5);
    for (const [key, text] of found) expect(text).toMatch(new RegExp(`^${key} = "\\{YOUR_`));
  });

  it('leaves nothing beside the installation', () => {
    const top = Object.keys(desk.tree()).filter((path) => !path.includes('/'));
    expect(top).toEqual(['proto', 'proto_credentials.json']);
  });

  it('pins every image to the digest that the registry has', () => {
    const compose = parse(read('backend/docker-compose.yml').toString());
    const images = Object.values<{ image: string }>(compose.services).map(({ image }) => image);
    expect(images).toEqual(
      ['platform', 'chatbot', 'msgrouter-ws', 'postgres', 'bucket'].map(
        (name) => `${registry.registryHost}/proto/${name}:stable@${release.images[name]}`,
      ),
    );
  });

  it('writes a lock file that says what is installed', () => {
    const { images, bundles, ...rest } = lock();
    expect(rest).toMatchObject({
      formatVersion: 2,
      customer: 'example-bank',
      hosting: 'on-premise',
      release: { tag: 'stable', version: '2026.11.0' },
      registry: registry.registryHost,
      namespace: 'proto',
      project: expect.stringMatching(/^proto-[0-9a-f]{6}$/),
      // Never group 0: these tests run as root.
      group: process.getgid?.() || 65533,
      appliedBy: 'init',
    });
    expect(Date.parse(rest.appliedAt)).not.toBeNaN();
    expect(images.msgrouter_ws).toEqual({
      repository: 'proto/msgrouter-ws',
      tag: 'stable',
      digest: release.images['msgrouter-ws'],
      version: '2026.11.0',
    });
    expect(bundles.webchat).toMatchObject({ digest: release.bundles.webchat, folder: 'webchat' });
  });

  it('keeps the pristine bytes of every rendered file, and their hashes', () => {
    const { files } = lock();
    expect(Object.keys(files).sort()).toEqual(rendered);
    for (const [path, hash] of Object.entries(files)) {
      expect(read(`.proto/base/${path}`).equals(read(path)), path).toBe(true);
      expect(createHash('sha256').update(read(path)).digest('hex'), path).toBe(hash);
    }
  });

  it('unpacks the static bundles to the byte', () => {
    for (const [bundle, folder] of [
      ['web-app', 'frontend'],
      ['webchat', 'webchat'],
    ] as const) {
      const content = webContent(bundle, '2026.11.0').filter(({ type }) => type !== 'Directory');
      const files = Object.entries(desk.tree())
        .filter(([path, entry]) => path.startsWith(`proto/${folder}/`) && entry.startsWith('file'))
        .map(([path]) => path.replace(`proto/${folder}/`, ''));
      expect(files.sort()).toEqual(content.map(({ path }) => path).sort());
      for (const { path, content: bytes = '' } of content) {
        expect(read(`${folder}/${path}`).equals(Buffer.from(bytes)), path).toBe(true);
      }
    }
  });

  it('generates secrets of 256 bits, each its own, the same wherever one is needed twice', () => {
    const text = rendered.map((path) => read(path).toString()).join('\n');
    const password = read('backend/secrets/postgres_password').toString().trim();
    expect(Buffer.from(password, 'base64url')).toHaveLength(32);
    expect(text.split(`password = "${password}"`)).toHaveLength(3);
    const secrets = text.match(/(?<=(?:secret_key|access_key) = ")[^"{]+/g) ?? [];
    for (const secret of secrets) expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(new Set([...secrets, password]).size).toBe(5);
  });

  it('logs the real docker in: what it stored opens the registry', async () => {
    const { auths } = JSON.parse(readFileSync(desk.path('.docker/config.json'), 'utf8'));
    expect(Object.keys(auths)).toEqual([registry.registryHost]);
    const url = `${registry.url}/v2/proto/platform/manifests/stable`;
    const headers = { authorization: `Basic ${auths[registry.registryHost].auth}` };
    expect((await fetch(url, { headers })).status).toBe(200);
    expect((await fetch(url)).status).toBe(401);
  });

  it('asks for nothing that needs more than the permission to pull', () => {
    expect(registry.requests.length).toBeGreaterThan(10);
    for (const { method, path, known, status, target, role } of registry.requests) {
      expect(known, path).toBe(true);
      expect(status, path).toBeLessThan(500);
      if (role === 'ecr') expect(target).toBe('GetAuthorizationToken');
      else expect(method).toMatch(/^(GET|HEAD)$/);
    }
  });
});
