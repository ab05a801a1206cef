import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { docker } from '../engine/docker.ts';
import { passwordFor } from '../registry/client.ts';
import {
  type EmbeddedRegistry,
  exampleKey,
  pushActions,
  startRegistry,
} from '../registry/index.ts';
import { buildImages, pushImages } from './build.ts';

const key = { ...exampleKey, permissions: pushActions };
const services = ['bucket', 'postgres'] as const;
let registry: EmbeddedRegistry;

beforeAll(async () => {
  registry = await startRegistry({ keys: [key] });
  for (const name of services) registry.createRepository(`proto/${name}`);
  const input = await passwordFor(registry, { key });
  const host = registry.registryHost;
  await execa('docker', ['login', '--username', 'AWS', '--password-stdin', host], { input });
});
afterAll(() => registry.close());

async function publish(version: string) {
  const { registryHost } = registry;
  const names = { registryHost, namespace: 'proto', tag: 'stable', services };
  return pushImages(await buildImages({ ...names, version }));
}

it('stand-ins come back from a registry by digest, and a new version moves their tag', async () => {
  const first = await publish('2026.11.0');
  const second = await publish('2026.12.0');
  expect([...first.keys()]).toEqual(services);

  const versionOf = async (name: string, digest: string | undefined) => {
    const reference = `${registry.registryHost}/proto/${name}@${digest}`;
    await docker(['pull', reference]);
    const label = '{{index .Config.Labels "org.opencontainers.image.version"}}';
    return docker(['image', 'inspect', '--format', label, reference]);
  };
  for (const name of services) {
    expect(await versionOf(name, first.get(name))).toBe('2026.11.0');
    expect(await versionOf(name, second.get(name))).toBe('2026.12.0');
    expect(registry.requests.every(({ known }) => known)).toBe(true);
  }
});
