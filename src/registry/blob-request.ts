import { UserError } from '../errors.ts';
import { isUnavailable, unavailable, unexpected } from '../lib/net/answer-errors.ts';
import type { NetworkResponse } from '../lib/net/network-response.ts';
import type { RegistryAccess } from './registry-access.ts';
import { type Asked, registryFailure } from './registry-errors.ts';

const maxRedirects = 3;

/**
 * Asks for a blob from byte `start` on, once, and follows the registry to the host that keeps it:
 * ECR answers 307 with a presigned URL of S3.
 *
 * @returns an answer of status 200 (the whole blob) or 206 (from `start` on)
 * @throws UserError as `registryFailure` gives it, and the NETWORK_ codes; within TryAgain where it
 *   may pass by itself
 */
export async function requestBlob(
  access: RegistryAccess,
  asked: Asked,
  start: number,
): Promise<NetworkResponse> {
  const { network, signal } = access;
  const range: Record<string, string> = start === 0 ? {} : { range: `bytes=${start}-` };
  let url = new URL(`/v2/${asked.repository}/blobs/${asked.reference}`, access.url);
  let headers: Readonly<Record<string, string>> = { ...access.headers(), ...range };
  for (let redirects = 0; ; redirects++) {
    const response = await network.request({ url, headers, signal });
    const target = redirectTarget(response);
    if (target === undefined) return checked(response, asked, start, redirects > 0);
    if (redirects === maxRedirects || !mayFollow(target, access.url)) {
      throw unexpected(response, 'a registry');
    }
    response.discard();
    url = target;
    // The presigned URL is the whole permission: S3 refuses a second one, and need not know ours.
    headers = range;
  }
}

function redirectTarget({ url, status, headers }: NetworkResponse): URL | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  return URL.canParse(location, url.href) ? new URL(location, url) : undefined;
}

/** Never from HTTPS to plain HTTP; an http registry is one on the loopback interface. */
function mayFollow(target: URL, registry: URL): boolean {
  return (
    target.protocol === 'https:' || (target.protocol === 'http:' && registry.protocol === 'http:')
  );
}

async function checked(
  response: NetworkResponse,
  asked: Asked,
  start: number,
  redirected: boolean,
): Promise<NetworkResponse> {
  const { status, headers } = response;
  if (status === 200 && !/html/i.test(headers['content-type'] ?? '')) return response;
  const range = /^bytes (\d+)-/.exec(headers['content-range'] ?? '');
  if (status === 206 && start > 0 && Number(range?.[1]) === start) return response;
  if (isUnavailable(status)) throw unavailable(response);
  if (!redirected && status >= 400) throw await registryFailure(response, asked);
  if (status === 403) throw storageRefused(response, asked);
  throw unexpected(response, 'a registry');
}

function storageRefused(response: NetworkResponse, { repository }: Asked): UserError {
  response.discard();
  const { host } = response.url;
  const message = `${host}, where the registry keeps ${repository}, refused the download (403).`;
  return new UserError('REGISTRY_DENIED', message, {
    hint: `Check this host's clock, and that a firewall or proxy in between allows GET from ${host}.`,
  });
}
