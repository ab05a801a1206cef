import { getServers, type LookupAddress, promises } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { UserError } from '../../errors.ts';
import { run } from '../process/process.ts';
import type { Environment } from './proxy.ts';

/** The name is unknown, or no name server answered: `code` as from getaddrinfo(3) in Node. */
export class LookupError extends Error {
  override readonly name = 'LookupError';
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN';

  constructor(code: LookupError['code'], host: string) {
    super(`getaddrinfo ${code} ${host}`);
    this.code = code;
  }
}

export interface LookupOptions {
  readonly env: Environment;
  /** Ends the lookup at once. */
  readonly signal: AbortSignal;
}

/**
 * The addresses of a host name, as any program on this host resolves it (getaddrinfo(3)), but in a process of its own:
 * inside ours it could not be ended, and its thread would hold our exit for as long as a dead name server is waited for.
 *
 * @throws LookupError; the signal's reason
 */
export async function addressesOf(host: string, options: LookupOptions): Promise<LookupAddress[]> {
  const name = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(name);
  if (family !== 0) return [{ address: name, family }];
  const found = await getent(name, options);
  if (found.length > 0) return found;
  throw new LookupError(await whyUnknown(name, options.signal), name);
}

/** `getent ahosts`: one line for each address and socket type. It is part of the C library's own package. */
async function getent(name: string, { env, signal }: LookupOptions): Promise<LookupAddress[]> {
  // `--` is not understood by every getent, and a host name never begins so.
  if (name.startsWith('-')) return [];
  try {
    const command = { program: 'getent', args: ['ahosts', name] };
    const { stdout } = await run(command, { env, signal, group: true });
    const addresses = new Set(stdout.split('\n').map((line) => line.split(/\s+/)[0] ?? ''));
    return [...addresses]
      .map((address) => ({ address, family: isIP(address.replace(/%.*$/, '')) }))
      .filter(({ family }) => family !== 0);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'PROGRAM_NOT_FOUND') throw error;
    return systemLookup(name, { all: true }).catch(() => []);
  }
}

/** How long each name server gets, in ms, once the system has already given up. */
const askedAgainMs = 1000;

/** getent does not say why it found nothing, so the name servers are asked themselves. */
async function whyUnknown(name: string, signal: AbortSignal): Promise<LookupError['code']> {
  const resolver = new promises.Resolver({ timeout: askedAgainMs, tries: 1 });
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    await resolver.resolve4(name);
    return 'ENOTFOUND';
  } catch (error) {
    signal.throwIfAborted();
    const { code = '' } = error as NodeJS.ErrnoException;
    return ['ENOTFOUND', 'ENODATA', 'EBADNAME'].includes(code) ? 'ENOTFOUND' : 'EAI_AGAIN';
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** The name servers of this host, in words: `10.0.0.53 and 10.0.0.54`; empty if there is none. */
export function nameServers(): string {
  return getServers().join(' and ');
}
