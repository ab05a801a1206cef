import { createPrivateKey, type KeyObject, scryptSync } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import * as z from 'zod';
import { UserError } from '../errors.ts';
import { type TrustedKey, trusted } from '../trust/keys.ts';

/** A private key of the vendor, in PKCS#8, or as `cosign generate-key-pair` writes it. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly trusted: TrustedKey;
}

/** The variable with the password of an encrypted key, as cosign has it. */
export const passwordVariable = 'COSIGN_PASSWORD';

/** @throws UserError SIGNING_KEY_INVALID, which never has a part of the key */
export function parseSigningKey(
  pem: string,
  file: string,
  password: string | undefined,
): SigningKey {
  const invalid = (why: string, hint?: string) =>
    new UserError('SIGNING_KEY_INVALID', `The key ${file} ${why}.`, { ...(hint && { hint }) });
  const encrypted =
    /-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----([\s\S]+?)-----END/.exec(pem)?.[1];
  let key: KeyObject;
  try {
    key =
      encrypted === undefined
        ? createPrivateKey({ key: pem, ...(password && { passphrase: password }) })
        : createPrivateKey({
            key: decrypted(encrypted, password ?? ''),
            format: 'der',
            type: 'pkcs8',
          });
  } catch {
    const hint = `Set ${passwordVariable} to its password, also if that is empty.`;
    throw encrypted === undefined
      ? invalid('is not a private key in PEM (PKCS#8)')
      : invalid('cannot be decrypted', hint);
  }
  const open = trusted(key);
  if (open === undefined) throw invalid('is not a key for ECDSA with the curve P-256');
  return { key, trusted: open };
}

/** https://github.com/secure-systems-lab/go-securesystemslib/blob/main/encrypted/encrypted.go */
const Encrypted = z.object({
  kdf: z.object({
    name: z.literal('scrypt'),
    params: z.object({ N: z.int().max(2 ** 20), r: z.int().max(64), p: z.int().max(16) }),
    salt: z.base64(),
  }),
  cipher: z.object({ name: z.literal('nacl/secretbox'), nonce: z.base64() }),
  ciphertext: z.base64(),
});

function decrypted(body: string, password: string): Buffer {
  const text = Buffer.from(body.replace(/\s/g, ''), 'base64').toString();
  const { kdf, cipher, ciphertext } = Encrypted.parse(JSON.parse(text));
  const bytes = (base64: string) => Buffer.from(base64, 'base64');
  const { N, r, p } = kdf.params;
  const secret = scryptSync(password, bytes(kdf.salt), 32, { N, r, p, maxmem: 256 * N * r });
  return Buffer.from(xsalsa20poly1305(secret, bytes(cipher.nonce)).decrypt(bytes(ciphertext)));
}
