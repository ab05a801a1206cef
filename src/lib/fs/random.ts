import { randomBytes, randomUUID } from 'node:crypto';

/** Enough to distinguish the installations of one host: 24 bits, in hex. */
export function randomSuffix(): string {
  return randomBytes(3).toString('hex');
}

/** The identity of an installation. */
export function randomIdentity(): string {
  return randomUUID();
}

/** The serial number of a certificate: 19 bytes in hex, so that it is positive (RFC 5280, 4.1.2.2). */
export function randomSerial(): string {
  return randomBytes(19).toString('hex');
}

/** 256 random bits, in Base64 without characters that need escaping in a URL or a quoted string. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}
