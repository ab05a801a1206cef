import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** What a certificate's own text says; times in milliseconds since 1970. */
export interface CertificateFacts {
  readonly subject: string;
  /** The host names and addresses that it holds for, as `DNS:…` and `IP Address:…`. */
  readonly names: string;
  readonly validFrom: number;
  readonly validTo: number;
  /** Does the key belong to it? `undefined` where no key was given. */
  readonly fitsKey?: boolean;
  /** Does it hold for this host name (RFC 6125)? */
  readonly holdsFor: (host: string) => boolean;
}

/**
 * Reads a PEM certificate (of a chain the first) and, with it, its private key.
 * @throws Error in the words of OpenSSL where either can not be read
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
