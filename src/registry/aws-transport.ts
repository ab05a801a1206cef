import { isJson, isUnavailable, unavailable, unexpected } from '../lib/net/answer-errors.ts';
import { skewOf } from '../lib/net/clock-skew.ts';
import type { Network } from '../lib/net/network.ts';
import { readBody } from '../lib/net/network-response.ts';

/** The SDK's `HttpRequest`, as far as a JSON protocol fills it. */
export interface AwsRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** The SDK's `HttpResponse`. */
export interface AwsResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** A request handler for AWS SDK clients that goes through `Network`. */
export type AwsTransport = {
  handle(
    request: AwsRequest,
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<{ readonly response: AwsResponse }>;
  /** `host[:port]` of the last request. */
  readonly host: string;
  /**
   * How far this host's clock is ahead of AWS's by the last answer, in ms (negative: behind).
   * Exact to about two seconds.
   */
  readonly clockSkewMs: number | undefined;
};

const maxAnswer = 1024 * 1024;

/**
 * Lets through to the SDK what may come from AWS: JSON, for better or worse.
 *
 * `handle` throws what `Network.request` throws; SERVICE_UNAVAILABLE within TryAgain for 429 and
 * 5xx; REGISTRY_ANSWER_INVALID for a redirect or a page, which AWS never sends.
 */
export function createAwsTransport(network: Network): AwsTransport {
  let host = 'AWS';
  let clockSkewMs: number | undefined;
  return {
    get host() {
      return host;
    },
    get clockSkewMs() {
      return clockSkewMs;
    },
    async handle(request, options) {
      const { protocol, hostname, port, path, method, headers, body } = request;
      const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
      host = url.host;
      const response = await network.request({
        url,
        method,
        headers,
        ...(body !== undefined && { body }),
        signal: options?.abortSignal,
      });
      const { status } = response;
      if (isUnavailable(status)) throw unavailable(response);
      if (!isJson(response)) throw unexpected(response, 'AWS');
      clockSkewMs = skewOf(response) ?? clockSkewMs;
      const answer = await readBody(response, maxAnswer);
      return { response: { statusCode: status, headers: { ...response.headers }, body: answer } };
    },
  };
}
