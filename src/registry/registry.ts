import type { Readable } from 'node:stream';
import type { Network } from '../lib/net/network.ts';
import type { Secret } from '../secret.ts';
import { openBlob } from './blob.ts';
import { downloadSizeOf, versionOf } from './image.ts';
import type { Descriptor } from './manifest.ts';
import type { RegistryAccess } from './registry-access.ts';
import type { Asked } from './registry-errors.ts';
import { type ResolvedManifest, resolveAll, resolveManifest } from './resolve.ts';

export type { ResolvedManifest } from './resolve.ts';

export interface RegistryOptions {
  /** The registry's URL, from ECR */
  readonly proxyEndpoint: string;
  readonly username: string;
  readonly password: Secret;
  readonly network: Network;
  readonly signal?: AbortSignal;
}

/** Pulls from one registry over its HTTP API, without a Docker Engine. */
export interface RegistryClient {
  /** See `resolveManifest`. */
  resolve(repository: string, reference: string): Promise<ResolvedManifest>;
  /** See `resolveAll`. */
  resolveAll(wanted: readonly Asked[]): Promise<ResolvedManifest[]>;
  /** See `versionOf`. */
  version(resolved: ResolvedManifest): Promise<string | undefined>;
  /** See `downloadSizeOf`. */
  downloadSize(resolved: ResolvedManifest): Promise<number>;
  /** See `openBlob`. */
  openBlob(repository: string, descriptor: Descriptor): Readable;
}

/** Opens no connection before the first request. */
export function openRegistry(options: RegistryOptions): RegistryClient {
  const { proxyEndpoint, username, password, network, signal } = options;
  const login = Buffer.from(`${username}:${password.reveal()}`).toString('base64');
  const access: RegistryAccess = {
    url: new URL(proxyEndpoint),
    // ECR accepts the token directly; without it, its 401 asks for exactly this.
    headers: () => ({ authorization: `Basic ${login}`, 'user-agent': 'proto-scaffold' }),
    network,
    signal,
  };
  return {
    resolve: (repository, reference) => resolveManifest(access, { repository, reference }),
    resolveAll: (wanted) => resolveAll(access, wanted),
    version: (resolved) => versionOf(access, resolved),
    downloadSize: (resolved) => downloadSizeOf(access, resolved),
    openBlob: (repository, descriptor) => openBlob(access, repository, descriptor),
  };
}
