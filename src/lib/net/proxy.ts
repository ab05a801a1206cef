import { BlockList, isIP, isIPv6 } from 'node:net';
import { UserError } from '../../errors.ts';
import { decoded } from './url-login.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A web proxy, without the password in its address. */
export interface WebProxy {
  /** `http:` or `https:`, host and port; no user, no password */
  readonly url: URL;
  /** The value of `Proxy-Authorization`; a function, so that it never appears in printed objects. */
  readonly authorization?: () => string;
}

/**
 * The proxy for a URL, or undefined if it is reached directly.
 *
 * The rules are those of Go's `httpproxy.FromEnvironment`, so that this program and Docker use the
 * same proxy: https://pkg.go.dev/golang.org/x/net/http/httpproxy. ALL_PROXY, which Go does not support,
 * is used if HTTPS_PROXY is not set. A plain `http:` URL is a local emulator and uses no proxy.
 *
 * @throws UserError NETWORK_PROXY if the variable does not contain a usable address
 */
export function proxyFor(url: URL, env: Environment): WebProxy | undefined {
  if (url.protocol !== 'https:') return undefined;
  const name = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].find((key) => env[key]);
  if (name === undefined) return undefined;
  if (isDirect(url, env.NO_PROXY || env.no_proxy || '')) return undefined;
  return parseProxy(name, env[name] as string);
}

/** Whether a host is this machine: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(hostname: string): boolean {
  const host = unbracketed(hostname);
  if (isIP(host) === 0) return host === 'localhost';
  return loopback.check(host, family(host));
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isDirect(url: URL, noProxy: string): boolean {
  // Go never proxies its own machine, whatever NO_PROXY says (httpproxy, "As a special case").
  if (isLoopback(url.hostname)) return true;
  const host = unbracketed(url.hostname);
  const port = url.port || '443';
  return noProxy
    .toLowerCase()
    .split(',')
    .map((entry) => entry.trim())
    .some((entry) => entry !== '' && fits(entry, host, port));
}

function fits(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [network = '', bits] = entry.split('/');
  if (bits !== undefined) return /^\d+$/.test(bits) && inNetwork(network, Number(bits), host);
  const { name, port: wanted } = splitPort(entry);
  if (wanted !== undefined && wanted !== port) return false;
  if (isIP(name) !== 0) return inNetwork(name, isIPv6(name) ? 128 : 32, host);
  // ".y.com" and "*.y.com" are for subdomains only; "foo.com" is for itself as well.
  const suffix = name.replace(/^\*\./, '.');
  if (suffix.startsWith('.')) return host.endsWith(suffix);
  return host === suffix || host.endsWith(`.${suffix}`);
}

function inNetwork(network: string, bits: number, host: string): boolean {
  if (isIP(network) === 0 || isIP(host) === 0) return false;
  if (bits > (isIPv6(network) ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family(network));
  return list.check(host, family(host));
}

function splitPort(entry: string): { readonly name: string; readonly port: string | undefined } {
  if (isIPv6(entry)) return { name: entry, port: undefined };
  const [, name = entry, port] = /^(.*):(\d+)$/.exec(entry) ?? [];
  return { name: unbracketed(name), port };
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** One reading only: a URL parser takes what follows an unencoded `/`, `#` or `?` in a password for another part. */
const unambiguous = /^https?:\/\/([^@/?#\\\s]*@)?([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?\/?$/i;

function parseProxy(name: string, value: string): WebProxy {
  // As in Go, "host:port" means http. The value may contain a password, so messages never repeat it.
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const scheme = text.slice(0, text.indexOf(':'));
  if (/^https?$/i.test(scheme) ? !unambiguous.test(text) : text.split('@').length > 2) {
    throw unusable(`${name} is not a valid web proxy address.`);
  }
  if (!URL.canParse(text)) throw unusable(`${name} is not a valid web proxy address.`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw unusable(`${name} specifies an unsupported proxy type: ${url.protocol.slice(0, -1)}.`);
  }
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (username === '' && password === '') return { url };
  const login = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64');
  return { url, authorization: () => `Basic ${login}` };
}

function unusable(message: string): UserError {
  return new UserError('NETWORK_PROXY', message, {
    hint: 'Use the form http://user:password@proxy:port. In the user name and the password, write `\\` as %5C, `@` as %40, `:` as %3A, `/` as %2F, `#` as %23, `?` as %3F and `%` as %25. Only http and https proxies are supported.',
  });
}
