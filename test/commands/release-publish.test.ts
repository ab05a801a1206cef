import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { passwordFor } from '../support/registry/client.ts';
import {
  type EmbeddedRegistry,
  exampleKey,
  pushActions,
  startRegistry,
} from '../support/registry/index.ts';
import { vendorKey } from '../support/release-object.ts';
import { releaseFolder } from '../support/releases.ts';

/** proto-release, against a registry with Docker's login. */

const key = vendorKey();
const other = vendorKey();
let registry: EmbeddedRegistry;
let login: string;
const desks: Desk[] = [];

beforeAll(async () => {
  registry = await startRegistry({ keys: [{ ...exampleKey, permissions: pushActions }] });
  login = Buffer.from(`AWS:${await passwordFor(registry)}`).toString('base64');
  registry.createRepository('proto/release');
  for (const version of ['2026.10.0', '2026.12.0'] as const) {
    await registry.seedRelease({
      version,
      tags: [version],
      images: ['platform', 'chatbot', 'msgrouter-ws', 'postgres', 'bucket', 'mailer', 'analytics'],
    });
  }
});
afterAll(() => registry.close());
afterEach(() => {
  for (const desk of desks.splice(0)) desk.remove();
});

function newDesk(): Desk {
  const desk = new Desk(registry);
  desk.write('config.json', { auths: { [registry.registryHost]: { auth: login } } });
  desk.env.DOCKER_CONFIG = desk.folder;
  desk.write('proto.key', key.privatePem);
  for (const version of ['2026.10.0', '2026.12.0'] as const) {
    cpSync(releaseFolder(version), desk.path(version), { recursive: true });
  }
  desks.push(desk);
  return desk;
}

const at = () => ['--registry', registry.registryHost, '--namespace', 'proto'];
const publish = async (desk: Desk, version: string, ...more: string[]) => {
  const args = ['publish', version, '--version', version, ...at(), ...more, '--json'];
  const { code, stdout, stderr } = await desk.release(...args);
  return { code, stderr, document: JSON.parse(stdout) };
};

describe('proto-release', () => {
  it('publishes, signs in both layouts, moves a channel, and an operator installs it', async () => {
    const desk = newDesk();
    const first = await publish(desk, '2026.10.0', '--key', 'proto.key');
    expect(first.code, first.stderr).toBe(0);
    expect(first.document.result).toMatchObject({
      exists: false,
      signedBy: key.trusted.fingerprint,
      config: { version: '2026.10.0', sequence: 1 },
    });
    const again = await publish(desk, '2026.10.0', '--key', 'proto.key');
    expect(again.document.result).toMatchObject({
      exists: true,
      digest: first.document.result.digest,
    });

    const promoted = await desk.release('promote', '2026.10.0', 'stable', ...at());
    expect([promoted.code, promoted.stdout]).toEqual([0, 'stable: 2026.10.0\n']);
    const shown = await desk.release('show', 'stable', ...at());
    expect(shown.stdout).toContain('Release 2026.10.0, sequence 1');
    expect(shown.stdout).toContain(
      `Signature: Sigstore bundle, which names the key ${key.trusted.fingerprint}\n`,
    );
    expect(shown.stdout).toContain('Signature: the older layout of cosign\n');
    expect(shown.stdout.match(/Signature/g)).toHaveLength(2);

    const operator = new Desk(registry);
    desks.push(operator);
    operator.putDockerStandInOnPath();
    operator.credentials({ trust: { keys: [key.publicPem] } });
    const init = await operator.run('init', '--url', 'chat.example-bank.com');
    expect(init.code, init.stderr).toBe(0);
    expect(init.stdout).toContain('release 2026.10.0 (stable)');
  });

  it('gives the next release the next sequence, and shows what differs', async () => {
    const desk = newDesk();
    desk.write('notes.md', '# News\n');
    const more = ['--key', 'proto.key', '--notes', 'notes.md', '--required-from', '2026.10.0'];
    const { document } = await publish(desk, '2026.12.0', ...more);
    expect(document.result.config).toMatchObject({ sequence: 2, requiredFrom: '2026.10.0' });
    const { stdout } = await desk.release('show', '2026.12.0', '--against', '2026.10.0', ...at());
    expect(stdout).toContain('with release notes');
    expect(stdout).toContain('  platform: 2026.10.0 → 2026.12.0\n');
    expect(stdout).toContain('  backend/config/analytics.toml: new\n');
    const back = await desk.release('promote', '2026.10.0', 'beta', ...at());
    expect(back.code).toBe(0);
  });

  it('adds a signature to what another signed', async () => {
    const desk = newDesk();
    desk.write('proto.key', other.privatePem);
    const { document, stderr } = await publish(desk, '2026.10.0', '--key', 'proto.key');
    expect(document.ok, stderr).toBe(true);
    const { stdout } = await desk.release('show', '2026.10.0', ...at());
    expect(stdout.match(/Signature/g)).toHaveLength(4);
  });

  it('pushes nothing with --dry-run', async () => {
    const desk = newDesk();
    const before = registry.requests.length;
    const { document } = await publish(desk, '2026.10.0', '--dry-run');
    expect(document.result.dryRun).toBe(true);
    const methods = new Set(registry.requests.slice(before).map(({ method }) => method));
    expect([...methods].sort()).toEqual(['GET']);
  });

  it('writes the version into what it packs, and takes images at another tag', async () => {
    const desk = newDesk();
    const args = ['publish', '2026.12.0', '--version', '2026.12.1', '--images-tag', '2026.12.0'];
    const { code, stderr } = await desk.release(...args, ...at(), '--json');
    expect(code, stderr).toBe(0);
    expect(stderr).toBe('Resolving images and static bundles at 2026.12.0\n');
    const { stdout } = await desk.release('show', '2026.12.1', '--json', ...at());
    expect(JSON.parse(stdout).result).toMatchObject({
      signatures: [],
      config: { version: '2026.12.1' },
    });
  });
});

describe('refuses', () => {
  const refused = async (desk: Desk, ...args: string[]) => {
    const { stdout } = await desk.release(...args, '--json');
    return JSON.parse(stdout).error as { code: string; message: string; faults?: object[] };
  };

  it('a version with other contents', async () => {
    const desk = newDesk();
    const toml = desk.path('2026.10.0/backend/config/platform.toml');
    writeFileSync(toml, `${readFileSync(toml, 'utf8')}# more\n`);
    const { document } = await publish(desk, '2026.10.0', '--minimum-program', '0.0.1');
    expect(document.error).toMatchObject({
      code: 'RELEASE_EXISTS',
      message:
        'Release 2026.10.0 is published already, with other contents: minimumProgram, backend/config/platform.toml.',
    });
  });

  it('what init would refuse, all at once, with file and line', async () => {
    const desk = newDesk();
    const release = desk.path('2026.10.0/release.yml');
    writeFileSync(
      release,
      readFileSync(release, 'utf8').replace('config: platform.toml', 'config: nowhere.toml'),
    );
    desk.write('2026.10.0/backend/config/chatbot.toml', 'a = "{YOUR_NOTHING}"\n');
    desk.write('2026.10.0/backend/config/bucket.toml', 'a = \n');
    const error = await refused(desk, 'lint', '2026.10.0');
    expect(error.code).toBe('TEMPLATES_INVALID');
    expect(error.faults).toEqual([
      expect.objectContaining({ file: 'backend/config/bucket.toml', line: 2 }),
      expect.objectContaining({
        message: expect.stringContaining('needs backend/config/nowhere.toml'),
      }),
      expect.objectContaining({ file: 'backend/config/chatbot.toml', line: 1 }),
    ]);
  });

  it.each([
    ['an image that is not there', ['--images-tag', '2020.1.0'], 'RELEASE_UNKNOWN'],
    ['a key that is not one', ['--key', 'config.json'], 'SIGNING_KEY_INVALID'],
    ['a key that is not there', ['--key', 'nowhere'], 'USAGE'],
  ])('%s', async (_what, more, code) => {
    const desk = newDesk();
    const { document } = await publish(desk, '2026.10.0', ...more);
    expect(document.error.code).toBe(code);
    expect(JSON.stringify(document)).not.toContain(login);
  });

  it.each([
    [['publish', '.', '--version', 'next', '--registry', 'r.example', '--namespace', 'proto']],
    [
      [
        'publish',
        '.',
        '--version',
        '1.0.0',
        '--registry',
        'https://r.example/x',
        '--namespace',
        'proto',
      ],
    ],
    [['promote', '2026.10.0', '2026.12.0', '--registry', 'r.example', '--namespace', 'proto']],
    [['publish', '.']],
    [['unknown']],
  ])('%j as a usage error', async (args) => {
    const desk = newDesk();
    desk.env.AWS_ENDPOINT_URL_ECR = undefined;
    writeFileSync(desk.path('release.yml'), '');
    expect((await desk.release(...args)).code).toBe(2);
  });

  it('an image for another CPU', async () => {
    const desk = newDesk();
    await registry.pushImage('proto/bucket', '2026.9.9', {
      version: '2026.9.9',
      platforms: ['linux/arm64'],
    });
    for (const name of ['platform', 'chatbot', 'msgrouter-ws', 'postgres', 'mailer']) {
      await registry.pushImage(`proto/${name}`, '2026.9.9', { version: '2026.9.9' });
    }
    await registry.seedRelease({ version: '2026.9.9', tags: ['2026.9.9'], images: [] });
    const args = ['publish', '2026.10.0', '--version', '2026.9.9', ...at()];
    const error = await refused(desk, ...args);
    expect(error.code).toBe('IMAGE_UNSUITABLE');
    expect(error.message).toMatch(/^proto\/bucket@sha256:.* has no image for linux\/amd64\.$/);
  });
});
