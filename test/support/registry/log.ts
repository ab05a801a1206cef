import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export type Role = 'ecr' | 'registry' | 's3';

/** One request as it came and how it ended. */
export interface LoggedRequest {
  readonly role: Role;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The operation, for the ECR API: `GetAuthorizationToken`. */
  readonly target: string | undefined;
  /** Without the Authorization header. */
  readonly headers: IncomingHttpHeaders;
  /** `Basic`, `AWS4-HMAC-SHA256`, or undefined where no Authorization header came. */
  readonly authorization: string | undefined;
  /** The access key that signed, or that the token belongs to. */
  keyId: string | undefined;
  /** Undefined while no answer was sent, or none ever was. */
  status: number | undefined;
  /** False for a request that the registry was never taught: a test can assert that none is. */
  known: boolean;
  /** The kind of the fault that it met. */
  fault: string | undefined;
}

export function logRequest(role: Role, request: IncomingMessage, url: URL): LoggedRequest {
  const { authorization, ...headers } = request.headers;
  const target = request.headers['x-amz-target'];
  return {
    role,
    method: request.method ?? '',
    path: url.pathname,
    target: target === undefined ? undefined : String(target).split('.').at(-1),
    headers,
    authorization: authorization?.split(' ')[0],
    keyId: undefined,
    status: undefined,
    known: true,
    fault: undefined,
  };
}
