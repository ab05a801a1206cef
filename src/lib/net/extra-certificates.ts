import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UserError } from '../../errors.ts';
import type { Environment } from './proxy.ts';

/**
 * Node only warns about a file of NODE_EXTRA_CA_CERTS that it cannot read, and connections then fail for another reason.
 * @throws UserError CA_FILE_INVALID
 */
export function mustReadExtraCertificates({ NODE_EXTRA_CA_CERTS: file }: Environment): void {
  if (!file) return;
  try {
    const blocks = readFileSync(file, 'utf8').match(certificateBlock) ?? [];
    if (blocks.length === 0) throw new Error('it contains no certificate in PEM form');
    for (const block of blocks) new X509Certificate(block);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === undefined || code.startsWith('ERR_') ? message : code;
    throw new UserError(
      'CA_FILE_INVALID',
      `NODE_EXTRA_CA_CERTS names ${file}, which cannot be read: ${why}.`,
      { cause },
    );
  }
}

const certificateBlock = /-----BEGIN [^-]*CERTIFICATE-----[^-]*-----END [^-]*CERTIFICATE-----/g;
