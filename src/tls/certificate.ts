import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { readText } from '../lib/fs/files.ts';
import { certificateOfSite } from '../nginx/site-certificate.ts';

/** What a certificate's own text says; times in milliseconds since 1970. */
export interface CertificateFacts {
  readonly subject: string;
  /** The host names and addresses that it holds for, as `DNS:…` and `IP Address:…`. */
  readonly names: string;
  readonly validFrom: number;
  readonly validTo: number;
  /** Does the key belong to it? `undefined` if no key was given. */
  readonly fitsKey?: boolean;
  /** Does it hold for this host name (RFC 6125)? */
  readonly holdsFor: (host: string) => boolean;
}

/**
 * Reads a PEM certificate (of a chain the first) and, with it, its private key.
 * @throws Error in the words of OpenSSL where either cannot be read
 */
export function readCertificate(certificatePem: string, keyPem?: string): CertificateFacts {
  const certificate = new X509Certificate(certificatePem);
  return {
    subject: certificate.subject,
    names: certificate.subjectAltName ?? '',
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
    ...(keyPem !== undefined && {
      fitsKey: certificate.checkPrivateKey(createPrivateKey(keyPem)),
    }),
    holdsFor: (host) =>
      (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined,
  };
}

const day = 24 * 3600 * 1000;

/** How long the certificate of the site still holds; `null` where nginx/proto.conf names none. */
export async function certificateStatus(
  folder: string,
  now: number,
): Promise<CertificateStatus | null> {
  const named = certificateOfSite((await readText(join(folder, 'nginx/proto.conf'))) ?? '');
  if (named === undefined) return null;
  const file = named.certificate;
  const unknown = (problem: string) => ({ file, validTo: null, daysLeft: null, problem });
  try {
    const text = await readText(file);
    if (text === undefined) return unknown('file not found');
    const { validTo } = readCertificate(text);
    return {
      file,
      validTo: new Date(validTo).toISOString(),
      daysLeft: Math.floor((validTo - now) / day),
      problem: null,
    };
  } catch (error) {
    // Its words name the file again.
    return unknown((error as Error).message.replace(`${file} `, '').replace(/\.$/, ''));
  }
}

export interface CertificateStatus {
  readonly file: string;
  readonly validTo: string | null;
  /** Whole days; negative once it has ended. */
  readonly daysLeft: number | null;
  /** Why it cannot be read. */
  readonly problem: string | null;
}
