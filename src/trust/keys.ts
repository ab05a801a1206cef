import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { UserError } from '../errors.ts';

/** A public key with which the vendor's signatures are verified. */
export interface TrustedKey {
  /** SHA-256 of the key in DER (SubjectPublicKeyInfo), in hex: `openssl pkey -pubin -outform DER | sha256sum`. */
  readonly fingerprint: string;
  readonly key: KeyObject;
}

/** @returns undefined if the text is not the PEM of a public key for ECDSA with the curve P-256 */
export function parsePublicKey(pem: string): TrustedKey | undefined {
  if (!/^\s*-----BEGIN PUBLIC KEY-----/.test(pem)) return undefined;
  try {
    return trusted(createPublicKey(pem));
  } catch {
    return undefined;
  }
}

/** @throws UserError CREDENTIALS_INVALID for a text that is not a key after all */
export function trustedKeys(pems: readonly string[]): TrustedKey[] {
  return pems.map((pem, index) => {
    const key = parsePublicKey(pem);
    if (key !== undefined) return key;
    const message = `The key trust.keys.${index} of the credentials is damaged.`;
    throw new UserError('CREDENTIALS_INVALID', message);
  });
}

/** @param key public, or private: then its public part */
export function trusted(key: KeyObject): TrustedKey | undefined {
  const open = key.type === 'private' ? createPublicKey(key) : key;
  if (open.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return undefined;
  return { key: open, fingerprint: hashOf(open).toString('hex') };
}

function hashOf(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

/** How a Sigstore bundle names the key: base64 of the same hash. */
export function hintOf({ fingerprint }: Pick<TrustedKey, 'fingerprint'>): string {
  return Buffer.from(fingerprint, 'hex').toString('base64');
}
