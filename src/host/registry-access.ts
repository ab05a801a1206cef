import type { Secret } from '../core/secret.ts';
import type { Network } from './network.ts';

/** What every request to one registry needs. */
export interface RegistryAccess {
  /** The registry's root: scheme, host and port */
  readonly url: URL;
  /** The value of the Authorization header. */
  readonly authorization: Secret;
  readonly network: Network;
  /** Ends every request that is under way. */
  readonly signal: AbortSignal | undefined;
}

/** The headers that only the registry itself may see, never a host that it redirects to. */
export function registryHeaders({ authorization }: RegistryAccess): Record<string, string> {
  return { authorization: authorization.reveal(), 'user-agent': 'proto-scaffold' };
}
