import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { passwordFor } from '../../test/support/registry/client.ts';
import { type EmbeddedRegistry, startRegistry } from '../../test/support/registry/index.ts';

const names = ['web-app', 'webchat'];

/** A registry with static bundles of the given size in MB each, in incompressible files of 1 MB. */
export async function startLargeRegistry(megabytes: number): Promise<EmbeddedRegistry> {
  const registry = await startRegistry();
  const content = Array.from({ length: megabytes }, (_, index) => ({
    path: `${index}.bin`,
    content: randomBytes(1024 * 1024),
  }));
  await registry.seedRelease({
    version: '2026.11.0',
    bundles: names.map((name) => ({
      name,
      content: [{ path: 'index.html', content: '' }, ...content],
    })),
  });
  return registry;
}

/** Writes a script that downloads the same bundles in parallel with curl and tar. @returns its path */
export async function writeCurlScript(folder: string, registry: EmbeddedRegistry): Promise<string> {
  const { registryHost, url } = registry;
  const login = `AWS:${await passwordFor(registry)}`;
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  const pulls = names.map(async (name) => {
    const path = `${url}/v2/proto/${name}`;
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const answer = await fetch(`${path}/manifests/stable`, { headers: { authorization, accept } });
    const { layers } = (await answer.json()) as { layers: { digest: string }[] };
    const blob = `${path}/blobs/${layers[0]?.digest}`;
    return `mkdir -p made/${name}; curl -sfL -K login '${blob}' | tar xz -C made/${name} &`;
  });
  writeFileSync(join(folder, 'login'), `user = "${login}"\n`, { mode: 0o600 });
  const script = join(folder, `curl-${registryHost.replace(/\W/g, '-')}.sh`);
  writeFileSync(script, ['#!/bin/sh', ...(await Promise.all(pulls)), 'wait', ''].join('\n'), {
    mode: 0o755,
  });
  return script;
}
