import type { Network } from '../lib/net/network.ts';

/** What every request to one registry needs. */
export interface RegistryAccess {
  /** The registry's root: scheme, host and port */
  readonly url: URL;
  /**
   * Headers for this registry only, never for a host that it redirects to. A function, so
   * that the token never appears in printed objects.
   */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly network: Network;
  /** Aborts every running request. */
  readonly signal: AbortSignal | undefined;
}
