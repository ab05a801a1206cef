import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passwordFor } from './client.ts';
import { type EmbeddedRegistry, makeCertificates, startRegistry } from './index.ts';

let config: string;

beforeEach(async () => {
  config = await mkdtemp(join(tmpdir(), 'docker-config-'));
});
afterEach(() => rm(config, { recursive: true }));

const login = (registry: EmbeddedRegistry, password: string) =>
  execa('docker', ['login', '--username', 'AWS', '--password-stdin', registry.registryHost], {
    input: password,
    reject: false,
    // No engine is needed: the CLI signs in by itself.
    env: { DOCKER_CONFIG: config, DOCKER_HOST: 'unix:///nonexistent.sock' },
  });

describe('docker login', () => {
  it('succeeds with a token and stores it', async () => {
    const registry = await startRegistry();
    const password = await passwordFor(registry);
    const { exitCode, stdout } = await login(registry, password);

    expect(stdout).toContain('Login Succeeded');
    expect(exitCode).toBe(0);
    const { auths } = JSON.parse(await readFile(join(config, 'config.json'), 'utf8'));
    const stored = Buffer.from(auths[registry.registryHost].auth, 'base64').toString();
    expect(stored).toBe(`AWS:${password}`);
    await registry.close();
  });

  it('succeeds over HTTPS', async () => {
    const certificates = await makeCertificates();
    const registry = await startRegistry({ tls: certificates });
    const password = await passwordFor(registry, { ca: certificates.ca });
    const { stdout } = await login(registry, password);

    expect(stdout).toContain('Login Succeeded');
    await registry.close();
    await certificates.remove();
  });

  it("fails with a wrong password, with ECR's status", async () => {
    const registry = await startRegistry();
    const { exitCode, stderr } = await login(registry, 'wrong');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('failed with status: 400 Bad Request');
    await registry.close();
  });

  it('fails once the token has expired', async () => {
    const registry = await startRegistry({ tokenLifetimeMs: 1000 });
    const password = await passwordFor(registry);
    registry.setClockOffset(2000);
    const { exitCode, stderr } = await login(registry, password);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('failed with status: 403 Forbidden');
    await registry.close();
  });
});
