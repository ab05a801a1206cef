import type { LookupAddress } from 'node:dns';
import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { UserError } from '../../errors.ts';
import { connectTo, type OpenSocket, PlainAgent, type Resolve, SecureAgent } from './connect.ts';
import { mustReadExtraCertificates } from './extra-certificates.ts';
import { addressesOf } from './lookup.ts';
import { networkFailure } from './network-errors.ts';
import { Pace, type PhaseLimits, PhaseTimer, TimeLimitError } from './phases.ts';
import { type Environment, proxyFor } from './proxy.ts';
import type { RetryLimits } from './retry.ts';
import { throughProxy } from './tunnel.ts';

export interface NetworkLimits extends PhaseLimits, RetryLimits {
  /** Downloads may pass a virus scanner, which answers only once it has seen the whole file. */
  readonly download: { readonly answer: number; readonly totalMs: number };
}

const standardLimits: NetworkLimits = {
  // The C library asks two dead name servers for 10 s before it gives up.
  name: 12_000,
  connect: 10_000,
  tls: 10_000,
  // A proxy resolves the name and connects itself, with limits of its own.
  proxy: 20_000,
  answer: 20_000,
  silence: 30_000,
  tries: 3,
  patientTries: 6,
  backoffMs: 500,
  // Three silent answers, and the pauses between them.
  totalMs: 65_000,
  download: { answer: 60_000, totalMs: 190_000 },
};

/** The variable that sets how long an answer may take, in seconds. */
const timeoutVariable = 'PROTO_SCAFFOLD_TIMEOUT';

/** @throws UserError USAGE */
function limitsFrom(env: Environment): Partial<NetworkLimits> {
  const value = env[timeoutVariable];
  if (!value) return {};
  const seconds = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (seconds < 1 || seconds > 3600) {
    const message = `The environment variable ${timeoutVariable} is not a number of seconds from 1 to 3600.`;
    throw new UserError('USAGE', message, { hint: `Correct ${timeoutVariable}, or unset it.` });
  }
  const answer = seconds * 1000;
  const totalMs = 3 * answer + 5000;
  return { answer, silence: answer, totalMs, download: { answer, totalMs } };
}

export interface NetworkOptions {
  /** Proxies and endpoints are read from here, never from `process.env`. */
  readonly env: Environment;
  readonly limits?: Partial<NetworkLimits>;
  /** Receives a line for each request, never with headers, query string or body. */
  readonly trace?: (line: string) => void;
}

export interface NetworkRequest {
  readonly url: URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** How long the answer may take, in ms, if not as usual. */
  readonly answerMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The only network access of the program: both the AWS SDK and the registry client use it. */
export interface Network {
  /** The environment; a function, so that printing a network prints no proxy's password. */
  readonly env: () => Environment;
  readonly limits: NetworkLimits;
  readonly trace: ((line: string) => void) | undefined;
  /**
   * Sends one request once. Never follows a redirect.
   *
   * @throws UserError of the NETWORK_ codes, within TryAgain if a retry may succeed; the
   *   signal's reason if it was aborted
   */
  request(request: NetworkRequest): Promise<NetworkResponse>;
  /** Closes every connection. */
  close(): void;
}

/** In ms, how long the addresses of a name are used. */
const resolvedMs = 30_000;

/** @throws UserError CA_FILE_INVALID, USAGE. Opens no connection before the first request. */
export function createNetwork(options: NetworkOptions): Network {
  const { env, trace } = options;
  mustReadExtraCertificates(env);
  const limits = { ...standardLimits, ...limitsFrom(env), ...options.limits };
  const resolve = remembering((host, signal) => addressesOf(host, { env, signal }));
  const direct: OpenSocket = (host, port, opening) => connectTo([host, port], { resolve, opening });
  const http = new PlainAgent(direct);
  const https = new SecureAgent(direct);
  const tunnels = new Map<string, SecureAgent>();
  const closed = new AbortController();

  function agentFor(url: URL): Agent {
    const proxy = proxyFor(url, env);
    if (proxy === undefined) return url.protocol === 'https:' ? https : http;
    const agent = tunnels.get(proxy.url.href) ?? new SecureAgent(throughProxy(proxy, resolve));
    tunnels.set(proxy.url.href, agent);
    return agent;
  }

  return {
    env: () => env,
    limits,
    trace,
    async request(request) {
      const { url, method = 'GET', signal, answerMs = limits.answer } = request;
      signal?.throwIfAborted();
      const line = `${method} ${url.origin}${url.pathname}`;
      const start = Date.now();
      const timer = new PhaseTimer({ ...limits, answer: answerMs }, (error) => end.abort(error));
      const end = new AbortController();
      const either = AbortSignal.any([end.signal, closed.signal, ...(signal ? [signal] : [])]);
      try {
        const sent = { ...request, signal: either };
        const message = await exchange(sent, { agent: agentFor(url), timer });
        trace?.(`${line} → ${message.statusCode} (${Date.now() - start} ms)`);
        return networkResponse(message, { url, silenceMs: limits.silence, signal });
      } catch (error) {
        signal?.throwIfAborted();
        const failure = networkFailure(
          either.aborted ? either.reason : error,
          url.host,
          timer.phase,
        );
        trace?.(`${line}: ${failure.message}`);
        throw failure;
      }
    },
    close() {
      closed.abort(new UserError('NETWORK_UNREACHABLE', 'The connections were closed.'));
      for (const agent of [http, https, ...tunnels.values()]) agent.destroy();
    },
  };
}

/** The same, with each name looked up once in `resolvedMs`. */
function remembering(resolve: Resolve): Resolve {
  const known = new Map<string, { readonly until: number; readonly addresses: LookupAddress[] }>();
  return async (host, signal) => {
    const before = known.get(host);
    if (before !== undefined && Date.now() < before.until) return before.addresses;
    const addresses = await resolve(host, signal);
    known.set(host, { until: Date.now() + resolvedMs, addresses });
    return addresses;
  };
}

/**
 * Sends one request and waits for the response headers.
 *
 * @throws Error of node:http, node:tls, a lookup or a tunnel, unchanged
 */
async function exchange(
  asked: NetworkRequest & { readonly signal: AbortSignal },
  { agent, timer }: { readonly agent: Agent; readonly timer: PhaseTimer },
): Promise<IncomingMessage> {
  const { url, method = 'GET', headers, body, signal } = asked;
  const secure = url.protocol === 'https:';
  const send = secure ? httpsRequest : httpRequest;
  const opening = { signal, enter: timer.enter.bind(timer) };
  const options = { method, agent, signal, opening, ...(headers && { headers }) };
  const request = send(url, options);
  request.once('socket', (socket: Socket) => {
    if (request.reusedSocket || !secure) timer.enter('answer');
    else socket.once('secureConnect', () => timer.enter('answer'));
  });
  return new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // Node also reports an interrupted body here, when no caller is waiting any more.
    request.on('error', reject);
    request.end(body);
  }).finally(() => timer.stop());
}

/** A response whose body is read, or `discard`ed, exactly once. */
export interface NetworkResponse {
  readonly url: URL;
  readonly status: number;
  /** Names in lower case. Repeated headers are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The body as a stream. Ending the iteration early closes the connection.
   *
   * @throws UserError, within TryAgain if the connection broke or was idle too long; the signal's
   *   reason if it was aborted
   */
  chunks(): AsyncGenerator<Buffer, void, undefined>;
  /** Discards the body, and closes the connection if more data would follow. */
  discard(): void;
}

export interface ResponseContext {
  readonly url: URL;
  readonly silenceMs: number;
  readonly signal: AbortSignal | undefined;
}

/** In bytes: up to this size, reading the rest is cheaper than a new connection. */
const shortBody = 16 * 1024;

export function networkResponse(
  message: IncomingMessage,
  { url, silenceMs, signal }: ResponseContext,
): NetworkResponse {
  return {
    url,
    status: message.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    ),
    async *chunks() {
      // Only waiting for the server counts: a slow disk on this host must not end a download.
      const pace = new Pace(silenceMs);
      const expire = () => message.destroy(new TimeLimitError('silence', silenceMs));
      let timer = setTimeout(expire, silenceMs);
      let since = Date.now();
      try {
        for await (const chunk of message) {
          clearTimeout(timer);
          pace.count(chunk.length, Date.now() - since);
          yield chunk;
          timer = setTimeout(expire, silenceMs);
          since = Date.now();
        }
      } catch (error) {
        signal?.throwIfAborted();
        throw networkFailure(error, url.host);
      } finally {
        clearTimeout(timer);
      }
    },
    discard() {
      const length = Number(message.headers['content-length'] ?? Number.POSITIVE_INFINITY);
      if (length <= shortBody) message.resume();
      else message.destroy();
    },
  };
}

/**
 * Reads a whole body that is expected to be short.
 *
 * @param maxBytes a longer body is rejected, and the connection closed
 * @throws UserError REGISTRY_ANSWER_INVALID if it is longer; otherwise as `chunks` does
 */
export async function readBody(response: NetworkResponse, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.chunks()) {
    size += chunk.length;
    if (size > maxBytes) {
      const message = `The response from ${response.url.host} exceeds the limit of ${maxBytes} bytes.`;
      throw new UserError('REGISTRY_ANSWER_INVALID', message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
