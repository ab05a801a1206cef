import { randomBytes } from 'node:crypto';

/** 256 bits from the system, in Base64 without characters that a URL or a quoted string would mind. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}
