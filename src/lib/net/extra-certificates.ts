import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UserError } from '../../errors.ts';
import { quoted } from '../terminal/words.ts';
import type { Environment } from './proxy.ts';

/**
 * Node only warns about a file of NODE_EXTRA_CA_CERTS that it cannot read, and connections then fail for another reason.
 * @throws UserError CA_FILE_INVALID
 */
export function mustReadExtraCertificates({ NODE_EXTRA_CA_CERTS: file }: Environment): void {
  if (!file) return;
  try {
    const bytes = readFileSync(file);
    const blocks = bytes.toString('utf8').match(certificateBlock) ?? [];
    if (blocks.length === 0 && bytes[0] === derSequence) {
      throw new UserError(
        'CA_FILE_INVALID',
        `NODE_EXTRA_CA_CERTS names ${file}, which is in DER form. PEM is needed.`,
        { hint: `Convert it: openssl x509 -inform der -in ${quoted(file)} -out ca.pem` },
      );
    }
    if (blocks.length === 0) throw new Error('it contains no certificate in PEM form');
    for (const block of blocks) new X509Certificate(block);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === undefined || code.startsWith('ERR_') ? message : code;
    throw new UserError(
      'CA_FILE_INVALID',
      `NODE_EXTRA_CA_CERTS names ${file}, which cannot be read: ${why}.`,
      { cause },
    );
  }
}

/** How every certificate in DER begins (X.690, SEQUENCE). */
const derSequence = 0x30;

const certificateBlock = /-----BEGIN [^-]*CERTIFICATE-----[^-]*-----END [^-]*CERTIFICATE-----/g;
