import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ociManifest } from '../../src/registry/manifest.ts';
import { digestOf } from './registry/store.ts';
import { tarArchive } from './registry/tar-archive.ts';

/** Programs that others wrote (../shared/peers), which scripts/test.mjs has built before. */

const folder = process.env.PROTO_TEST_PEERS ?? '';

/** Runs a peer to its end. */
export function peer(
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
): string {
  const options = { env: { ...process.env, ...env }, encoding: 'utf8', stdio: 'pipe' } as const;
  return execFileSync(join(folder, name), args, options);
}

export interface PeerRegistry {
  readonly host: string;
  stop(): void;
}

/** The Distribution registry, without the referrers API, or one that has it. */
export async function startPeerRegistry(
  kind: 'registry' | 'referrers-registry',
  data: string,
): Promise<PeerRegistry> {
  const host = `127.0.0.1:${await freePort()}`;
  mkdirSync(data, { recursive: true });
  const config = join(data, 'config.yml');
  writeFileSync(
    config,
    `version: 0.1\nstorage: { filesystem: { rootdirectory: ${data}/blobs } }\nhttp: { addr: ${host} }\n`,
  );
  const args = kind === 'registry' ? ['serve', config] : [host];
  const child: ChildProcess = spawn(join(folder, kind), args, { stdio: 'ignore' });
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer?.ok) break;
    if (tries === 100) throw new Error(`${kind} did not start`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { host, stop: () => void child.kill() };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Puts a small image, or a static bundle, into a registry over its API. */
export async function pushTo(
  host: string,
  repository: string,
  tag: string,
  kind: 'image' | 'bundle',
): Promise<void> {
  const layer = gzipSync(tarArchive([{ path: 'index.html', content: repository }]));
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      config: { Labels: { 'org.opencontainers.image.version': tag } },
      rootfs: { type: 'layers', diff_ids: [] },
    }),
  );
  for (const blob of [layer, config]) {
    const begun = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const url = new URL(begun.headers.get('location') ?? '', `http://${host}`);
    url.searchParams.set('digest', digestOf(blob));
    const type = { 'content-type': 'application/octet-stream' };
    const put = await fetch(url, { method: 'PUT', body: new Uint8Array(blob), headers: type });
    if (put.status !== 201) throw new Error(`blob: ${put.status}`);
  }
  const image = 'application/vnd.oci.image.config.v1+json';
  const described = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: ociManifest,
    config: described(kind === 'image' ? image : 'application/vnd.oci.empty.v1+json', config),
    layers: [described('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
  };
  const put = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    body: JSON.stringify(manifest),
    headers: { 'content-type': ociManifest },
  });
  if (put.status !== 201) throw new Error(`manifest: ${put.status} ${await put.text()}`);
}
