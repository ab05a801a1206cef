import type { Readable } from 'node:stream';
import type { Network } from '../lib/net/network.ts';
import type { Secret } from '../secret.ts';
import type { Signature, Signed } from '../trust/signature.ts';
import { type BlobOptions, openBlob, readBlob } from './blob.ts';
import { downloadSizeOf, storageHostOf, versionOf } from './image.ts';
import type { Descriptor } from './manifest.ts';
import type { RegistryAccess } from './registry-access.ts';
import type { Asked } from './registry-errors.ts';
import {
  type FetchedManifest,
  fetchManifest,
  type ResolvedManifest,
  resolveAll,
  resolveDigest,
  resolveManifest,
} from './resolve.ts';
import { findSignatures } from './signatures.ts';

export type { ResolvedManifest } from './resolve.ts';

export interface RegistryOptions {
  /** The registry's URL, from ECR */
  readonly proxyEndpoint: string;
  readonly username: string;
  readonly password: Secret;
  readonly network: Network;
  /** Gets another token for the same registry. */
  readonly renew?: () => Promise<{ readonly username: string; readonly password: Secret }>;
  readonly signal?: AbortSignal;
}

/** Pulls from one registry over its HTTP API, without a Docker Engine. */
export interface RegistryClient {
  /** See `resolveManifest`. */
  resolve(repository: string, reference: string): Promise<ResolvedManifest>;
  /** See `resolveDigest`. */
  digest(repository: string, reference: string): Promise<string>;
  /** See `fetchManifest`. */
  manifest(repository: string, digest: string): Promise<FetchedManifest>;
  /** See `findSignatures`. */
  signatures(signed: Signed): AsyncIterable<Signature>;
  /** A whole blob that is expected to be short. Fails like `openBlob`. */
  blob(repository: string, descriptor: Descriptor): Promise<Buffer>;
  /** See `resolveAll`. */
  resolveAll(wanted: readonly Asked[]): Promise<ResolvedManifest[]>;
  /** See `versionOf`. */
  version(resolved: ResolvedManifest): Promise<string | undefined>;
  /** See `downloadSizeOf`. */
  downloadSize(resolved: ResolvedManifest): Promise<number | undefined>;
  /** See `storageHostOf`. */
  storageHost(asked: Asked): Promise<string>;
  /** See `openBlob`. */
  openBlob(repository: string, descriptor: Descriptor, options?: BlobOptions): Readable;
}

/** Opens no connection before the first request. */
export function openRegistry(options: RegistryOptions): RegistryClient {
  const { proxyEndpoint, network, renew, signal } = options;
  let login = basic(options);
  let renewed: Promise<boolean> | undefined;
  const access: RegistryAccess = {
    url: new URL(proxyEndpoint),
    // ECR accepts the token directly; without it, its 401 asks for exactly this.
    headers: () => ({ authorization: login, 'user-agent': 'proto-scaffold' }),
    // Several downloads may find out at the same time.
    renew: () => {
      renewed ??= (async () => {
        if (renew === undefined) return false;
        login = basic(await renew());
        return true;
      })();
      return renewed;
    },
    network,
    signal,
  };
  return clientOf(access);
}

export function clientOf(access: RegistryAccess): RegistryClient {
  return {
    resolve: (repository, reference) => resolveManifest(access, { repository, reference }),
    digest: (repository, reference) => resolveDigest(access, { repository, reference }),
    manifest: (repository, reference) => fetchManifest(access, { repository, reference }),
    signatures: (signed) => findSignatures(access, signed),
    blob: (repository, descriptor) => readBlob(access, repository, descriptor),
    resolveAll: (wanted) => resolveAll(access, wanted),
    version: (resolved) => versionOf(access, resolved),
    downloadSize: (resolved) => downloadSizeOf(access, resolved),
    storageHost: (asked) => storageHostOf(access, asked),
    openBlob: (repository, descriptor, options) =>
      openBlob(access, repository, descriptor, options),
  };
}

function basic({ username, password }: Pick<RegistryOptions, 'username' | 'password'>): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}
