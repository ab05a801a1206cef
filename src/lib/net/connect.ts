import type { LookupAddress } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Opening } from './phases.ts';

/** Host names are resolved by the network, which remembers the answers for a short time. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<LookupAddress[]>;

/** Opens the connection to a host, over a web proxy or not. */
export type OpenSocket = (host: string, port: number, opening: Opening) => Promise<Socket>;

/** The parameters of every TLS connection, whatever the environment says (SECURITY.md). */
export const verified = { rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const;

/**
 * A TCP connection, with a phase each for the name and the connection.
 *
 * @param proxy `host:port` of the web proxy, if it is the proxy that is connected to
 */
export async function connectTo(
  [host, port]: readonly [string, number],
  { resolve, opening, proxy }: { resolve: Resolve; opening: Opening; proxy?: string },
): Promise<Socket> {
  const { signal, enter } = opening;
  enter('name', proxy);
  const addresses = await resolve(host, signal);
  signal.throwIfAborted();
  enter('connect', proxy);
  const socket = connect({
    host,
    port,
    noDelay: true,
    autoSelectFamily: true,
    // Node's default of 250 ms per address is too short for a distant region over a slow connection.
    autoSelectFamilyAttemptTimeout: 1000,
    lookup: (_host, { all }, done) => {
      const [first] = addresses as [LookupAddress];
      if (all) (done as unknown as (error: null, all: LookupAddress[]) => void)(null, addresses);
      else done(null, first.address, first.family);
    },
  });
  return ended(signal, socket, (resolved, reject) => {
    socket.once('connect', () => resolved(socket));
    socket.once('error', reject);
  });
}

/** Waits for something of a socket, which is destroyed if the signal ends the waiting. */
export async function ended<T>(
  signal: AbortSignal,
  socket: Duplex,
  wait: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  const end = () => socket.destroy(signal.reason as Error);
  if (signal.aborted) end();
  signal.throwIfAborted();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await new Promise<T>(wait);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** In ms: a firewall may forget a connection that is silent for longer, without a word to either side. */
const trustedMs = 4000;

const keepAlive = { keepAlive: true, timeout: trustedMs };

type Created = (error: Error | null, socket: Duplex) => void;

/** Node's callback ignores the socket if there is an error. */
const noSocket = undefined as unknown as Duplex;

function openingOf(options: RequestOptions): readonly [string, number, Opening] {
  const { host, port, opening } = options as RequestOptions & { readonly opening: Opening };
  return [`${host}`, Number(port), opening];
}

/** Kept-alive plain connections. */
export class PlainAgent extends HttpAgent {
  readonly #open: OpenSocket;

  constructor(open: OpenSocket) {
    super(keepAlive);
    this.#open = open;
  }

  override createConnection(options: RequestOptions, created?: Created): undefined {
    const done = created as Created;
    this.#open(...openingOf(options)).then(
      (socket) => done(null, socket),
      (error: Error) => done(error, noSocket),
    );
  }
}

/** Kept-alive TLS connections. */
export class SecureAgent extends HttpsAgent {
  readonly #open: OpenSocket;

  constructor(open: OpenSocket) {
    super({ ...keepAlive, ...verified });
    this.#open = open;
  }

  override createConnection(options: RequestOptions, created?: Created): undefined {
    const done = created as Created;
    const [host, port, opening] = openingOf(options);
    this.#open(host, port, opening).then(
      (socket) => {
        opening.enter('tls');
        // tls.connect accepts an open socket instead of host and port. Only its types declare that.
        done(null, super.createConnection({ ...options, socket } as RequestOptions) as Duplex);
      },
      (error: Error) => done(error, noSocket),
    );
  }
}
