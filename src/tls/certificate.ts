import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { readText } from '../lib/fs/files.ts';
import { certificateOfSite } from '../nginx/site-certificate.ts';
import { hostOfSite } from '../values/site-host.ts';
import { browserFault, holdsFor } from './browser-fault.ts';
import { type ChainFault, certificatesOf, chainFault, trustedRoots } from './chain.ts';

/** The contents of a certificate; times in milliseconds since 1970. */
export interface CertificateFacts {
  readonly subject: string;
  /** The host names and addresses that it is valid for, as `DNS:…` and `IP Address:…`. */
  readonly names: string;
  readonly validFrom: number;
  readonly validTo: number;
  /** Whether the key belongs to it. `undefined` if no key was given. */
  readonly fitsKey?: boolean;
  /** Whether it is valid for this host name. */
  readonly holdsFor: (host: string) => boolean;
}

/**
 * Reads a PEM certificate (the first one of a chain) and its private key.
 * @throws Error with OpenSSL's message if either cannot be read
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
    holdsFor: (host) => holdsFor(certificate, host),
  };
}

/** Whether a CA signed a certificate. One that cannot be read is not said to be another's. */
export function isIssuedBy(certificatePem: string, caPem: string): boolean {
  try {
    const [certificate, ca] = [new X509Certificate(certificatePem), new X509Certificate(caPem)];
    return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
  } catch {
    return true;
  }
}

const day = 24 * 3600 * 1000;

/** How long the site's certificate is still valid; `null` if nginx/proto.conf does not specify one. */
export async function certificateStatus(
  folder: string,
  now: number,
): Promise<CertificateStatus | null> {
  const conf = (await readText(join(folder, 'nginx/proto.conf'))) ?? '';
  const named = certificateOfSite(conf);
  if (named === undefined) return null;
  const file = named.certificate;
  const unknown = (problem: string) => ({ file, validTo: null, daysLeft: null, problem });
  try {
    const text = await readText(file);
    if (text === undefined) return unknown('file not found');
    const { validTo } = readCertificate(text);
    const fault = await siteCertificateFault(folder, text, undefined, hostOfSite(conf)?.name, now);
    return {
      file,
      validTo: new Date(validTo).toISOString(),
      daysLeft: Math.floor((validTo - now) / day),
      problem: fault === undefined ? null : fault.message,
    };
  } catch (error) {
    return unknown(problemOf(error as Error, file));
  }
}

/**
 * Why browsers or programs refuse a site's certificate, apart from its dates and its key.
 * @param folder of the installation
 * @param host the host name of the site, if it is known
 */
export async function siteCertificateFault(
  folder: string,
  pem: string,
  keyPem: string | undefined,
  host: string | undefined,
  now = Date.now(),
): Promise<ChainFault | undefined> {
  const chain = await chainFault(pem, keyPem, () => trustedRoots(folder), now);
  return chain ?? browserFault(certificatesOf(pem), host);
}

/** Without the file's name, which stands before it. */
function problemOf({ message, cause }: Error, file: string): string {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'this user does not have permission to read it';
  return message.replace(`${file} `, '').replace(/\.$/, '');
}

export interface CertificateStatus {
  readonly file: string;
  readonly validTo: string | null;
  /** Whole days; negative after it has expired. */
  readonly daysLeft: number | null;
  /** Why it cannot be read; with `validTo`, what is wrong with its chain. */
  readonly problem: string | null;
}
