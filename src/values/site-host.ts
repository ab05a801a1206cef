import { isIpv4 } from '../lib/net/cidrs.ts';
import { argsOf } from '../lib/text/nginx-conf.ts';

/** The host name of the platform, and its https port if that is not 443. */
export interface SiteHost {
  /** Lower case, as in DNS. */
  readonly name: string;
  readonly port: number;
}

const hostName =
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** Also an IPv4 address. A name whose last part is a number is nothing else (RFC 1123, 2.1; WHATWG URL, "ends in a number"). */
export function isHostName(text: string): boolean {
  return hostName.test(text) && (!/(^|\.)(\d+|0x[\da-f]*)$/.test(text) || isIpv4(text));
}

/**
 * Parses the host from a text such as `https://Chat.example-bank.com:8443/`. `undefined` if it is not a host, or has a
 * path, a user or another scheme.
 */
export function parseSiteHost(text: string): SiteHost | undefined {
  const match = /^(?:https:\/\/)?([^/:@?#\s]+)(?::(\d{1,5}))?\/*$/i.exec(text.trim());
  const name = match?.[1]?.toLowerCase() ?? '';
  const port = Number(match?.[2] ?? 443);
  return isHostName(name) && port >= 1 && port <= 65535 ? { name, port } : undefined;
}

/** In the form of YOUR_URL: `chat.example-bank.com`, with the port if it is not 443. */
export function siteHostText({ name, port }: SiteHost): string {
  return port === 443 ? name : `${name}:${port}`;
}

/**
 * The first host name that nginx/proto.conf currently answers for, with its TLS port; `undefined` if it
 * answers for every name. The source of this value is the services' configuration; this is nginx's copy.
 */
export function hostOfSite(conf: string): SiteHost | undefined {
  const names = argsOf(conf, 'server_name').flat();
  // `.example.com` is example.com and everything below it (nginx, "Server names").
  const name = names.map(({ text }) => text.toLowerCase().replace(/^\./, '')).find(isHostName);
  const tls = argsOf(conf, 'listen').find((args) =>
    args.slice(1).some(({ text }) => text === 'ssl'),
  );
  const port = /(?:^|:)(\d{1,5})$/.exec(tls?.[0]?.text ?? '')?.[1];
  return name === undefined ? undefined : { name, port: Number(port ?? 443) };
}
