import { randomBytes } from 'node:crypto';
import type { AccessKey } from './access.ts';
import { Refusal, registryError } from './answer.ts';

export interface IssuedToken {
  /** Base64 of `AWS:<password>`, as `authorizationToken` carries it. */
  readonly authorizationToken: string;
  readonly expiresAt: number;
}

interface LockOwner {
  readonly key: AccessKey;
  readonly expiresAt: number;
}

/** Registry passwords: each belongs to the key that asked for it and dies at its time. */
export class Tokens {
  readonly #holders = new Map<string, LockOwner>();
  readonly #lifetimeMs: number;

  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs;
  }

  /** A new token for a key. Its form and length are ECR's: base64 of JSON, about 2,000 characters. */
  issue(key: AccessKey, now: number): IssuedToken {
    const expiresAt = now + this.#lifetimeMs;
    const inner = {
      payload: randomBytes(1200).toString('base64'),
      datakey: randomBytes(184).toString('base64'),
      version: '2',
      type: 'DATA_KEY',
      expiration: Math.floor(expiresAt / 1000),
    };
    const password = Buffer.from(JSON.stringify(inner)).toString('base64');
    this.#holders.set(password, { key, expiresAt });
    const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64');
    return { authorizationToken, expiresAt };
  }

  /**
   * The key behind a Basic `Authorization` header.
   *
   * @param challenge the value of WWW-Authenticate where no token came
   * @throws Refusal as ECR words it: 401 without a token, 400 for what is none, 403 once it expired
   */
  holder(authorization: string | undefined, now: number, challenge: string): AccessKey {
    if (authorization === undefined) throw unauthorized(challenge);
    const [scheme, encoded = ''] = authorization.split(' ');
    const [user, password = ''] = Buffer.from(encoded, 'base64').toString().split(':');
    const holder = this.#holders.get(password);
    if (scheme !== 'Basic' || user !== 'AWS' || holder === undefined) {
      throw registryError(400, 'DENIED', 'Your Authorization Token is invalid.');
    }
    if (now >= holder.expiresAt) {
      throw registryError(
        403,
        'DENIED',
        'Your authorization token has expired. Reauthenticate and try again.',
      );
    }
    return holder.key;
  }
}

function unauthorized(challenge: string): Refusal {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'www-authenticate': challenge };
  return new Refusal('no token', { status: 401, headers, body: Buffer.from('Not Authorized\n') });
}
