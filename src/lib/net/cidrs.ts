/**
 * Networks in the notation that both PostgreSQL's pg_hba.conf and nginx's `allow` accept: `203.0.113.0/24`,
 * `2001:db8:12::/48`. IPv6 follows RFC 5952.
 */

export type ParsedCidrs =
  | { readonly ok: true; readonly cidrs: readonly string[] }
  /** Follows the value's name: "must …". */
  | { readonly ok: false; readonly message: string };

/** Reads networks separated by commas or spaces. An address without a prefix stands for itself. */
export function parseCidrs(text: string): ParsedCidrs {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  if (parts.length === 0) return { ok: false, message: expected };
  const cidrs: string[] = [];
  for (const part of parts) {
    const parsed = parseCidr(part);
    if (!parsed.ok) return parsed;
    cidrs.push(parsed.cidr);
  }
  return { ok: true, cidrs: [...new Set(cidrs)] };
}

const expected = 'must be a comma-separated list of networks or addresses, such as 203.0.113.0/24';

type ParsedCidr = { ok: true; cidr: string } | { ok: false; message: string };

function parseCidr(text: string): ParsedCidr {
  const bad = (message: string): ParsedCidr => ({ ok: false, message });
  const [, host = '', given] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === undefined) return bad(`${expected}; ${shownPart(text)} is not valid`);
  const { value, bits } = address;
  const prefix = given === undefined ? bits : Number(given);
  if (prefix > bits) return bad(`contains ${text}, but the prefix can be at most /${bits}`);
  // The zero network also results from a mistyped variable. No vendor's network is half of the internet.
  if (prefix < least[bits])
    return bad(`contains ${text}, which is too broad: specify the vendor's networks`);
  const hostBits = BigInt(bits - prefix);
  const network = (value >> hostBits) << hostBits;
  const written = writeAddress(network, bits);
  if (network === value) return { ok: true, cidr: `${written}/${prefix}` };
  const one = writeAddress(value, bits);
  return bad(
    `contains ${text}, which is not a network: use ${written}/${prefix} for the network, or ${one} for the single address`,
  );
}

/** The shortest accepted prefix. */
const least = { 32: 2, 128: 4 } as const;

/** Repeats only text that looks like an address. */
function shownPart(text: string): string {
  return /^[\w.:/-]{1,50}$/.test(text) ? text : 'one of them';
}

interface Address {
  readonly value: bigint;
  readonly bits: 32 | 128;
}

function parseAddress(text: string): Address | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { value: v4, bits: 32 };
  const v6 = parseV6(text);
  // ::ffff:203.0.113.7 is an IPv4 address. Neither PostgreSQL nor nginx would match a client with it.
  if (v6 === undefined || v6 >> 32n === 0xffffn) return undefined;
  return { value: v6, bits: 128 };
}

export function isIpAddress(text: string): boolean {
  return parseAddress(text) !== undefined;
}

/** Four decimal numbers. Leading zeros are rejected, because some parsers read them as octal. */
export function isIpv4(text: string): boolean {
  return parseV4(text) !== undefined;
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  if (!parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

/** RFC 4291, "Text Representation of Addresses"; without a zone. */
function parseV6(text: string): bigint | undefined {
  if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(urlOf(text))) return undefined;
  const [before = [], after = []] = canonical(text)
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = new Array<string>(8 - before.length - after.length).fill('0');
  const groups = [...before, ...zeros, ...after];
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/** As URLs write it: hexadecimal, and `::` for the first of the longest runs of two or more zeros (RFC 5952, 4.2). */
function canonical(v6: string): string {
  return new URL(urlOf(v6)).hostname.slice(1, -1);
}

function urlOf(v6: string): string {
  return `http://[${v6}]/`;
}

function writeAddress(value: bigint, bits: 32 | 128): string {
  const size = bits === 32 ? 8 : 16;
  const parts = Array.from(
    { length: bits / size },
    (_, index) => (value >> BigInt(bits - size * (index + 1))) & ((1n << BigInt(size)) - 1n),
  );
  return bits === 32
    ? parts.join('.')
    : canonical(parts.map((part) => part.toString(16)).join(':'));
}
