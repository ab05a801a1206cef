import { describeSkew, skewOf } from './clock-skew.ts';
import { type Network, type NetworkRequest, readBody } from './network.ts';

/** A server's response, for the caller to judge. */
export interface ServerAnswer {
  readonly host: string;
  readonly status: number;
  readonly clockSkew?: { readonly ms: number; readonly words: string };
  readonly body?: unknown;
}

const maxBody = 256 * 1024;

/**
 * Sends one request, once, and accepts any response.
 * @param options `body`: read the JSON of the response
 * @throws UserError of the NETWORK_ codes, within TryAgain if a retry may succeed
 */
export async function askServer(
  network: Network,
  request: NetworkRequest,
  { body: wanted }: { readonly body: boolean },
): Promise<ServerAnswer> {
  const response = await network.request(request);
  const ms = skewOf(response);
  const body = wanted ? json(await readBody(response, maxBody)) : undefined;
  if (!wanted) response.discard();
  return {
    host: request.url.host,
    status: response.status,
    ...(ms !== undefined && { clockSkew: { ms, words: describeSkew(ms) } }),
    ...(body !== undefined && { body }),
  };
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
