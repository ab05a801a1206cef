import type { Network } from '../lib/net/network.ts';

/** What every request to one registry needs. */
export interface RegistryAccess {
  /** The registry's root: scheme, host and port */
  readonly url: URL;
  /**
   * The headers that this registry alone may see, never a host that it redirects to. A function, so
   * that nothing that is printed has the token.
   */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly network: Network;
  /** Ends every request that is under way. */
  readonly signal: AbortSignal | undefined;
}
