import type { Network, NetworkRequest, NetworkResponse } from '../lib/net/network.ts';

/** What every request to one registry needs. */
export interface RegistryAccess {
  /** The registry's root: scheme, host and port */
  readonly url: URL;
  /**
   * Headers for this registry only, never for a host that it redirects to. A function, so
   * that the token never appears in printed objects.
   */
  readonly headers: () => Readonly<Record<string, string>>;
  /**
   * Gets another token, once: this one may expire in the middle of a long download.
   * @param challenge the header WWW-Authenticate of the refusal
   * @returns whether it did
   */
  readonly renew: (challenge?: string) => Promise<boolean>;
  readonly network: Network;
  /** Aborts every running request. */
  readonly signal: AbortSignal | undefined;
}

/** Sends one request, and once more with another token if the registry rejects the first. Throws like `Network.request`. */
export async function askRegistry(
  { network, headers, renew, signal }: RegistryAccess,
  request: NetworkRequest,
): Promise<NetworkResponse> {
  const response = await network.request({ ...request, signal });
  const challenge = response.headers['www-authenticate'];
  if (response.status !== 401 || !(await renew(challenge))) return response;
  response.discard();
  return network.request({ ...request, headers: { ...request.headers, ...headers() }, signal });
}
