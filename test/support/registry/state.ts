import type { AccessKey, Account } from './access.ts';
import type { BlobHost } from './s3.ts';
import type { Store } from './store.ts';
import type { Tokens } from './tokens.ts';
import type { Uploads } from './uploads.ts';

/** What the roles of one running registry share. */
export interface RegistryState extends Account {
  readonly keys: readonly AccessKey[];
  readonly store: Store;
  readonly uploads: Uploads;
  readonly tokens: Tokens;
  readonly blobHost: BlobHost;
  /** `http(s)://host:port` of ECR and registry. */
  readonly url: string;
  /** What GetAuthorizationToken names as the registry. */
  readonly proxyEndpoint: string;
  /** `http(s)://host:port` of the host that blobs are redirected to; undefined where they come directly. */
  readonly blobUrl: string | undefined;
  /** The registry's own clock, in ms. */
  now(): number;
}
