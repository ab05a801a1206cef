import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { type Fault, UserError } from '../errors.ts';
import { isMissing } from '../lib/fs/files.ts';
import type { CertificateFiles } from '../release/layout.ts';
import { pathFault } from '../values/forms.ts';

/** The flags: paths relative to the current folder; `false` means --no-certificate. */
export interface GivenCertificate {
  readonly certificate?: string | false;
  readonly certificateKey?: string;
}

/**
 * The certificate from the command line, as absolute paths.
 * @throws UserError CERTIFICATE_INCOMPLETE if one of the two is missing, does not exist, or has a path that nginx does not accept
 */
export async function givenCertificate(
  { cwd }: Pick<Context, 'cwd'>,
  { certificate, certificateKey: key }: GivenCertificate,
): Promise<CertificateFiles | 'none' | undefined> {
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === false && key === undefined) return 'none';
  if (typeof certificate !== 'string' || key === undefined) {
    throw new UserError(
      'CERTIFICATE_INCOMPLETE',
      'A certificate and its key must be given together.',
    );
  }
  const files = { certificate: resolve(cwd, certificate), key: resolve(cwd, key) };
  const faults = [
    ...(await faultsOf('--certificate', files.certificate)),
    ...(await faultsOf('--certificate-key', files.key)),
  ];
  if (faults.length === 0) return files;
  const hint = 'Correct the paths. Nothing was changed.';
  throw new UserError('CERTIFICATE_INCOMPLETE', 'The certificate or its key cannot be used.', {
    hint,
    faults,
  });
}

async function faultsOf(file: string, path: string): Promise<Fault[]> {
  const message = pathFault(path);
  if (message !== undefined) return [{ file, message }];
  return (await isMissing(path)) ? [{ file, message: `file not found: ${path}` }] : [];
}
