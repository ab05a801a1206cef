import { readSignature } from '../release-object/kept-object.ts';
import { objectRepository } from '../release-object/object-config.ts';
import { trustedKeys } from '../trust/keys.ts';
import { verifySignature } from '../trust/signature.ts';
import type { Lock } from './lock.ts';

/**
 * Who signed the installed release, by the signature that was kept with it.
 * @param pems the keys of the credentials; undefined without credentials
 * @returns undefined if the release is not a release object
 */
export async function signerOf(
  folder: string,
  { release: { digest }, namespace }: Pick<Lock, 'release' | 'namespace'>,
  pems?: readonly string[],
): Promise<
  { readonly fingerprint?: string; readonly trusted: boolean; readonly keys?: number } | undefined
> {
  if (digest === undefined) return undefined;
  const kept = await readSignature(folder, digest);
  const keys = pems === undefined ? undefined : trustedKeys(pems);
  const signed = { digest, repository: objectRepository(namespace) };
  const trusted =
    kept !== undefined && keys !== undefined && verifySignature(kept.signature, signed, keys).good;
  return {
    trusted,
    ...(kept && { fingerprint: kept.fingerprint }),
    ...(keys && { keys: keys.length }),
  };
}
