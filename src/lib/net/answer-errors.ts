import { UserError } from '../../errors.ts';
import type { NetworkResponse } from './network.ts';
import { inWords, retryAfterMs, TryAgain } from './retry.ts';

/** Whether a response means "try again later": 429 and 5xx. */
export function isUnavailable(status: number): boolean {
  return status === 429 || status >= 500;
}

export function isJson({ headers }: NetworkResponse): boolean {
  return /json/i.test(headers['content-type'] ?? '');
}

/** SERVICE_UNAVAILABLE, to retry when the response says so. Discards the body. */
export function unavailable(response: NetworkResponse): TryAgain {
  response.discard();
  const { url, status, headers } = response;
  const what =
    status === 429 ? 'is limiting requests (429)' : `reported a server error (${status})`;
  const afterMs = retryAfterMs(headers['retry-after']);
  const failure = new UserError('SERVICE_UNAVAILABLE', `${url.host} ${what}.`, {
    ...(afterMs && { hint: `Run the command again in ${inWords(afterMs)}.` }),
  });
  return new TryAgain(failure, afterMs);
}

/**
 * REGISTRY_ANSWER_INVALID for a response that `expected` never sends: a page, or a redirect. Discards the body.
 *
 * @param expected the expected server: `AWS`, `a registry`
 */
export function unexpected(response: NetworkResponse, expected: string): UserError {
  response.discard();
  const { url, status, headers } = response;
  const what =
    redirectHost(response) ?? `${status}, ${headers['content-type'] ?? 'no content type'}`;
  const message = `The server at ${url.host} is not ${expected} (${what}).`;
  return new UserError('REGISTRY_ANSWER_INVALID', message);
}

/** Without path and query, which may contain secrets of a portal or S3. */
function redirectHost({ url, status, headers }: NetworkResponse): string | undefined {
  const { location } = headers;
  if (status < 300 || status > 399 || location === undefined) return undefined;
  const host = URL.canParse(location, url.href) ? new URL(location, url).host : 'nowhere';
  return `${status}, a redirect to ${host}`;
}
