import { UserError } from '../../errors.ts';
import { type NetworkResponse, readBody } from './network.ts';
import { inWords, retryAfterMs, TryAgain } from './retry.ts';

/** Whether a response means "try again later": 429 and 5xx. */
export function isUnavailable(status: number): boolean {
  return status === 429 || status >= 500;
}

/**
 * Reads a body that must be a JSON object. One with another label is judged by itself: emulators label it in other ways.
 * @param expected the expected server: `AWS`, `a registry`
 * @throws UserError REGISTRY_ANSWER_INVALID for anything else; as `readBody`
 */
export function readJson(
  response: NetworkResponse,
  maxBytes: number,
  expected: string,
): Promise<Buffer> {
  const labelled = /json/i.test(response.headers['content-type'] ?? '');
  return readBody(labelled ? response : startingWith(response, /^\s*\{/, expected), maxBytes);
}

/** The same response, whose body fails as `unexpected` if it does not start so, or is empty. */
export function startingWith(
  response: NetworkResponse,
  start: RegExp,
  expected: string,
): NetworkResponse {
  return {
    ...response,
    async *chunks() {
      let begun = false;
      for await (const chunk of response.chunks()) {
        if (!begun && !start.test(chunk.toString('latin1', 0, 64))) break;
        begun = true;
        yield chunk;
      }
      if (!begun) throw notFrom(response, expected);
    },
  };
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
  return new TryAgain(failure, { afterMs, answered: true });
}

/**
 * REGISTRY_ANSWER_INVALID for a response that `expected` never sends: a page, or a redirect. Discards the body.
 *
 * @param expected the expected server: `AWS`, `a registry`
 */
export function unexpected(response: NetworkResponse, expected: string): UserError {
  response.discard();
  return notFrom(response, expected);
}

function notFrom(response: NetworkResponse, expected: string): UserError {
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
