import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { NetworkRequest } from './network.ts';
import { type TimeLimit, TimeLimitError } from './time-limit.ts';

export interface Route {
  readonly agent: Agent;
  readonly connectMs: number;
  readonly idleMs: number;
}

/**
 * Sends one request and waits for the head of its answer.
 *
 * @throws Error of node:http, node:tls, a tunnel, or TimeLimitError: as they come
 */
export function exchange(asked: NetworkRequest, route: Route): Promise<IncomingMessage> {
  const { url, method = 'GET', headers, body, signal } = asked;
  const secure = url.protocol === 'https:';
  const send = secure ? httpsRequest : httpRequest;
  const request = send(url, {
    method,
    agent: route.agent,
    ...(headers && { headers }),
    ...(signal && { signal }),
  });
  let timer: NodeJS.Timeout | undefined;
  const limitTo = (limit: TimeLimit, ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => request.destroy(new TimeLimitError(limit, ms)), ms);
  };
  const connected = () => limitTo('idle', route.idleMs);
  limitTo('connect', route.connectMs);
  request.once('socket', (socket: Socket) => {
    if (request.reusedSocket) connected();
    else socket.once(secure ? 'secureConnect' : 'connect', connected);
  });
  return new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // Node reports a break within the body here, too, where nobody waits any more.
    request.on('error', reject);
    request.end(body);
  }).finally(() => clearTimeout(timer));
}
