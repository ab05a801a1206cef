import { hostOf, namesHelper } from './docker-config.ts';

/** What Docker's config.json says about the login to a registry. */
export type StoredLogin =
  /** Nothing is stored. A pull would be refused. */
  | { readonly kind: 'none' }
  /** Our credential helper creates a login for every pull. */
  | { readonly kind: 'helper' }
  /** Another program stores it (credsStore, credHelpers), so it cannot be inspected. */
  | { readonly kind: 'elsewhere'; readonly helper: string }
  /** A token in the file. The expiry is known for ECR's tokens, and unknown for others. */
  | { readonly kind: 'token'; readonly expiresAt?: number };

/**
 * @param text of config.json; `undefined` if there is none
 * @param registry its host (and port)
 * @returns `expiresAt` in milliseconds since 1970
 */
export function storedLogin(text: string | undefined, registry: string): StoredLogin {
  if (text === undefined) return { kind: 'none' };
  if (namesHelper(text, registry)) return { kind: 'helper' };
  const config = objectOf(text);
  // A helper without a name is none: then the file itself has the login (docker/cli, GetCredentialsStore).
  const own = isObject(config.credHelpers) && Object.hasOwn(config.credHelpers, registry);
  const helper = own ? member(config.credHelpers, registry) : config.credsStore;
  if (typeof helper === 'string' && helper !== '') return { kind: 'elsewhere', helper };
  const auths = isObject(config.auths) ? config.auths : {};
  const [, entry] = Object.entries(auths).find(([server]) => hostOf(server) === registry) ?? [];
  const auth = member(entry, 'auth');
  if (typeof auth !== 'string' || auth === '') return { kind: 'none' };
  const expiresAt = expiryOf(auth);
  return { kind: 'token', ...(expiresAt !== undefined && { expiresAt }) };
}

/**
 * ECR's password is Base64 of JSON with `expiration`, in seconds since 1970. AWS does not document it, so
 * another form is not an error.
 */
function expiryOf(auth: string): number | undefined {
  const password = fromBase64(auth).replace(/^AWS:/, '');
  const { expiration } = objectOf(fromBase64(password));
  return typeof expiration === 'number' && expiration > 0 ? expiration * 1000 : undefined;
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

function objectOf(json: string): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(json);
    return isObject(data) ? data : {};
  } catch {
    return {};
  }
}

function member(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
