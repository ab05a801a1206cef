import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { readText } from '../lib/fs/files.ts';
import { ownCertificate } from '../release/layout.ts';

/**
 * The certificates in a file for nginx or PostgreSQL: this host's own first, then each issuer (RFC 8446, 4.4.2). Clients have
 * roots only, so a missing certificate in between makes them refuse the connection. Browsers may know it from other sites,
 * programs do not.
 */

/** What is wrong with a chain. */
export interface ChainFault {
  /** A sentence without a full stop. */
  readonly message: string;
  readonly remedy: string;
  /** The first certificate is not this host's own, so the key cannot match it. */
  readonly misplaced?: true;
}

const askForChain =
  'Ask the CA for the chain file (often fullchain.pem), or append the certificates of the issuers to the file, each after the one that it issued.';

/**
 * @param pem the text of the file
 * @param keyPem the private key, if this user can read it
 * @param roots PEM texts of trusted roots, asked for only if the file has no issuer
 * @param now milliseconds since 1970
 * @returns `undefined` if nothing is wrong, or the file has no certificate that can be read
 */
export async function chainFault(
  pem: string,
  keyPem: string | undefined,
  roots: () => Promise<readonly string[]>,
  now: number,
): Promise<ChainFault | undefined> {
  const certificates: X509Certificate[] = [];
  for (const [index, block] of certificatesIn(pem).entries()) {
    const certificate = parsed(block);
    if (certificate !== undefined) certificates.push(certificate);
    else if (index === 0) return undefined;
    else {
      const message = `Certificate ${index + 1} of the chain cannot be read`;
      return { message, remedy: askForChain };
    }
  }
  const [leaf, ...issuers] = certificates;
  if (leaf === undefined) return undefined;
  return (
    placeFault(leaf, issuers, keyPem) ??
    orderFault(certificates, now) ??
    (issuers.length > 0 || isIssued(leaf, leaf) || isKnown(leaf, await roots())
      ? undefined
      : {
          message: `The file has only the certificate of this host, without that of its issuer (${oneLine(leaf.issuer)})`,
          remedy: `${askForChain} If the issuer is a root CA of your own, add it to the trusted certificates of this host (update-ca-certificates).`,
        })
  );
}

/** The certificates of a file that can be read, in order. */
export function certificatesOf(pem: string): X509Certificate[] {
  return certificatesIn(pem).flatMap((block) => parsed(block) ?? []);
}

function certificatesIn(pem: string): string[] {
  return pem.match(/-----BEGIN ([A-Z0-9 ]*CERTIFICATE)-----[\s\S]*?-----END \1-----/g) ?? [];
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** nginx and PostgreSQL take the first certificate as this host's own. */
function placeFault(
  leaf: X509Certificate,
  issuers: readonly X509Certificate[],
  keyPem: string | undefined,
): ChainFault | undefined {
  const fits = (certificate: X509Certificate) =>
    keyPem !== undefined && hasKey(certificate, keyPem);
  const own = issuers.some((issuer) => fits(issuer) && !fits(leaf));
  // Without the key: a CA that issued another certificate of the file.
  const isIssuer =
    leaf.ca && issuers.some((other) => !other.raw.equals(leaf.raw) && isIssued(other, leaf));
  if (!own && !(isIssuer && !fits(leaf))) return undefined;
  return {
    message: 'The certificate of this host is not the first in the file',
    remedy: 'Put it first, then each issuer after the certificate that it issued.',
    misplaced: true,
  };
}

function orderFault(certificates: readonly X509Certificate[], now: number): ChainFault | undefined {
  for (const [index, certificate] of certificates.entries()) {
    // What follows a root is not needed.
    if (isIssued(certificate, certificate)) return undefined;
    const issuer = certificates[index + 1];
    if (issuer === undefined) return undefined;
    if (!isIssued(certificate, issuer)) {
      const place = certificates.findIndex((other) => isIssued(certificate, other));
      const did = `Certificate ${index + 2} of the chain (${oneLine(issuer.subject)}) did not issue certificate ${index + 1}`;
      return place === -1
        ? {
            message: `${did}; its issuer (${oneLine(certificate.issuer)}) is missing`,
            remedy: askForChain,
          }
        : {
            message: `${did}; certificate ${place + 1} did`,
            remedy: 'Put each issuer directly after the certificate that it issued.',
          };
    }
    const until = Date.parse(issuer.validTo);
    if (until <= now || Date.parse(issuer.validFrom) > now) {
      const end = new Date(until).toISOString().slice(0, 10);
      const state = until <= now ? `expired on ${end}` : 'is not valid yet';
      const message = `Certificate ${index + 2} of the chain (${oneLine(issuer.subject)}) ${state}`;
      return { message, remedy: askForChain };
    }
  }
  return undefined;
}

/** By name and by signature. */
function isIssued(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

function hasKey(certificate: X509Certificate, keyPem: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}

function isKnown(leaf: X509Certificate, roots: readonly string[]): boolean {
  return roots.some((root) => {
    const certificate = parsed(root);
    return certificate !== undefined && isIssued(leaf, certificate);
  });
}

/** `C=US\nO=Let's Encrypt\nCN=R3` in one line, as openssl prints it. */
function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}

/** Where Debian and Red Hat keep the trusted certificates of the host. */
const systemRoots = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'];

/** The roots that Node and this host trust, and the CA of an installation. @param folder of the installation */
export async function trustedRoots(folder: string): Promise<string[]> {
  const files = [...systemRoots, join(folder, ownCertificate.ca_certificate)];
  const texts = files.map((path) => readText(path).catch(() => undefined));
  const found = await Promise.all(texts);
  return [...rootCertificates, ...found.flatMap((text) => certificatesIn(text ?? ''))];
}
