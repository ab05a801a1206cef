import { type AccessKey, exampleKey } from './access.ts';
import { answerEcr } from './ecr-api.ts';
import { createHandler, type Exchange } from './exchange.ts';
import { Faults } from './faults.ts';
import { listen, type TlsKeyPair } from './listener.ts';
import type { LoggedRequest } from './log.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { answerRegistry } from './registry-api.ts';
import { BlobHost } from './s3.ts';
import type { RegistryState } from './state.ts';
import { Store } from './store.ts';
import { Tokens } from './tokens.ts';
import { Uploads } from './uploads.ts';

export interface RegistryOptions {
  /** `123456789012` */
  readonly accountId?: string;
  /** `ap-southeast-1` */
  readonly region?: string;
  /** The example key of DESIGN.md, with pull permission. */
  readonly keys?: readonly AccessKey[];
  /** HTTPS with this certificate; HTTP where absent. */
  readonly tls?: TlsKeyPair;
  /** `127.0.0.1`, or `::1` */
  readonly host?: string;
  /** Any free port where absent. */
  readonly port?: number;
  /** How far the registry's clock is ahead of this machine's (negative: behind). */
  readonly clockOffsetMs?: number;
  /** Twelve hours. */
  readonly tokenLifetimeMs?: number;
  /** What GetAuthorizationToken names as the registry; the registry itself where absent. */
  readonly proxyEndpoint?: string;
  /** Whether blobs come from another host by a redirect, as ECR does it: true. */
  readonly redirectBlobs?: boolean;
}

/** A running ECR with its registry. Everything it was asked and told is at hand. */
export interface EmbeddedRegistry extends Publisher {
  readonly accountId: string;
  readonly region: string;
  readonly keys: readonly AccessKey[];
  /** `http(s)://host:port` */
  readonly url: string;
  /** Value for AWS_ENDPOINT_URL_ECR. */
  readonly endpoint: string;
  /** As GetAuthorizationToken gives it. */
  readonly proxyEndpoint: string;
  /** `host:port`, as image references and `docker login` have it. */
  readonly registryHost: string;
  /** `http(s)://host:port` of the host that blobs are redirected to. */
  readonly blobUrl: string | undefined;
  readonly requests: readonly LoggedRequest[];
  readonly faults: Faults;
  /** Moves the registry's clock, so that tokens expire without waiting. */
  setClockOffset(ms: number): void;
  /**
   * Cuts all connections and removes the blobs.
   *
   * @throws AggregateError where the registry itself failed at a request
   */
  close(): Promise<void>;
}

const twelveHours = 12 * 60 * 60 * 1000;

/** Starts an ECR API and an OCI registry on one loopback port. */
export async function startRegistry(options: RegistryOptions = {}): Promise<EmbeddedRegistry> {
  const { host = '127.0.0.1', port = 0, tls } = options;
  let clockOffsetMs = options.clockOffsetMs ?? 0;
  const now = () => Date.now() + clockOffsetMs;
  const account = {
    accountId: options.accountId ?? '123456789012',
    region: options.region ?? 'ap-southeast-1',
    keys: options.keys ?? [exampleKey],
  };
  const blobHost = new BlobHost();
  const exchange: Exchange = { faults: new Faults(), requests: [], failures: [], now };

  // First what can fail, a port that is taken, so that nothing is left behind.
  const listener = await listen(
    createHandler(exchange, (request, url) =>
      // The AWS JSON protocol posts to the root; everything else is for the registry.
      request.method === 'POST' && url.pathname === '/'
        ? { role: 'ecr', answer: (seen) => answerEcr(state, request, seen) }
        : { role: 'registry', answer: (seen) => answerRegistry(state, request, url, seen) },
    ),
    host,
    port,
    tls,
  );
  const blobListener = await listen(
    createHandler(exchange, (request, url) => ({
      role: 's3',
      answer: () => blobHost.answer(request, url, now()),
    })),
    host,
    0,
    tls,
  );
  const store = await Store.open();
  const { url } = listener;
  const proxyEndpoint = options.proxyEndpoint ?? url;
  const blobUrl = options.redirectBlobs === false ? undefined : blobListener.url;
  const state: RegistryState = {
    ...account,
    store,
    uploads: new Uploads(store),
    tokens: new Tokens(options.tokenLifetimeMs ?? twelveHours),
    blobHost,
    url,
    proxyEndpoint,
    blobUrl,
    now,
  };

  return {
    ...createPublisher(store),
    ...account,
    url,
    endpoint: url,
    proxyEndpoint,
    registryHost: listener.authority,
    blobUrl,
    requests: exchange.requests,
    faults: exchange.faults,
    setClockOffset(ms) {
      clockOffsetMs = ms;
    },
    async close() {
      await Promise.all([listener.close(), blobListener.close()]);
      await store.close();
      if (exchange.failures.length > 0) {
        throw new AggregateError(exchange.failures, 'the embedded registry itself failed');
      }
    },
  };
}
