import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { ChainFault } from './chain.ts';

/**
 * Why browsers refuse a certificate that nginx accepts (CA/Browser Forum Baseline Requirements 6.1.5 and 7.1; Chromium's
 * list of signature algorithms for TLS, which has neither Ed25519 nor P-521, and its check of the key usage).
 */

/** Whether a certificate is for a host, as browsers see it: the common name counts for nothing (RFC 9525, 2). */
export function holdsFor(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  const options = { subject: 'never', partialWildcards: false } as const;
  return certificate.checkHost(host, options) !== undefined;
}

/**
 * @param certificates that of the host first, then its issuers
 * @param host the host name of the site, if it is known
 */
export function browserFault(
  certificates: readonly X509Certificate[],
  host: string | undefined,
): ChainFault | undefined {
  const [leaf, ...issuers] = certificates;
  if (leaf === undefined) return undefined;
  // Clients have their roots already, and do not look at the signature of one.
  const used = [leaf, ...issuers.filter((each) => each.subject !== each.issuer)];
  const weak = used.map(keyFault).find(Boolean) ?? used.map(signatureFault).find(Boolean);
  const words = useFault(leaf, host) ?? weak;
  return words === undefined
    ? undefined
    : { message: `Browsers refuse the certificate: ${words}`, remedy };
}

const remedy =
  'Get a certificate with the host name as subjectAltName, for web servers (serverAuth, digitalSignature), with a key of RSA 2048 bits or more, or ECDSA P-256 or P-384, signed with SHA-256.';

const serverAuth = '1.3.6.1.5.5.7.3.1';

function useFault(leaf: X509Certificate, host: string | undefined): string | undefined {
  const names = leaf.subjectAltName ?? '';
  if (names === '') return 'it has no subjectAltName, and the common name does not count';
  if (host !== undefined && !holdsFor(leaf, host)) return `it is for ${names}, not for ${host}`;
  // Node has the extended key usage under this name.
  const uses: readonly string[] | undefined = leaf.keyUsage;
  if (uses !== undefined && !uses.includes(serverAuth)) return 'it is not for web servers';
  const issued = leaf.subject !== leaf.issuer;
  if (leaf.ca && issued) return 'it is the certificate of a CA, not of a web server';
  return maySign(leaf.raw)
    ? undefined
    : 'its key is not for signatures (keyUsage without digitalSignature)';
}

function keyFault({ publicKey }: X509Certificate): string | undefined {
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = publicKey;
  if (type === 'rsa') {
    const bits = details?.modulusLength ?? 0;
    return bits < 2048 ? `its RSA key has ${bits} bits` : undefined;
  }
  if (type !== 'ec') return `its key is of the type ${type}`;
  const curve = details?.namedCurve ?? 'unknown';
  return ['prime256v1', 'secp384r1'].includes(curve)
    ? undefined
    : `its key uses the curve ${curve}`;
}

/** Object identifiers, in DER, of signatures that browsers accept: RSA with SHA-2, RSA-PSS, ECDSA with SHA-2. */
const sound = [
  ...['0b', '0c', '0d', '0a'].map((last) => `2a864886f70d0101${last}`),
  ...['02', '03', '04'].map((last) => `2a8648ce3d0403${last}`),
];

const weakNames: Readonly<Record<string, string>> = {
  '2a864886f70d010104': 'MD5',
  '2a864886f70d010105': 'SHA-1',
  '2a8648ce3d0401': 'SHA-1',
  '2b6570': 'Ed25519',
};

function signatureFault({ raw }: X509Certificate): string | undefined {
  const identifier = signatureOf(raw);
  if (identifier === undefined || sound.includes(identifier)) return undefined;
  return `it is signed with ${weakNames[identifier] ?? 'an unusual algorithm'}`;
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OBJECT IDENTIFIER … } … } (RFC 5280, 4.1). */
function signatureOf(der: Buffer): string | undefined {
  const [, algorithm] = partsIn(der, partAt(der, 0));
  const [identifier] = algorithm === undefined ? [] : partsIn(der, algorithm);
  return identifier?.tag === 6 ? hexOf(der, identifier) : undefined;
}

const keyUsage = '551d0f';

/**
 * Whether a server may sign its handshake with the key, as it does with every cipher of a site: Extension ::= SEQUENCE
 * { OBJECT IDENTIFIER, BOOLEAN DEFAULT FALSE, OCTET STRING }, with a BIT STRING for the key usage (RFC 5280, 4.2.1.3).
 */
function maySign(der: Buffer): boolean {
  const [body] = partsIn(der, partAt(der, 0));
  const wrapped = body && partsIn(der, body).find(({ tag }) => tag === 0xa3);
  const extensions = wrapped === undefined ? [] : partsIn(der, partAt(der, wrapped.start));
  const found = extensions
    .map((extension) => partsIn(der, extension))
    .find(([identifier]) => identifier !== undefined && hexOf(der, identifier) === keyUsage);
  const value = found?.at(-1);
  if (value === undefined) return true;
  // After the number of unused bits.
  const bits = der[partAt(der, value.start).start + 1] ?? 0;
  return (bits & 0x80) !== 0;
}

/** An element: its tag, and where its content is. */
interface Part {
  readonly tag: number | undefined;
  readonly start: number;
  readonly end: number;
}

function hexOf(der: Buffer, { start, end }: Part): string {
  return der.subarray(start, end).toString('hex');
}

function partsIn(der: Buffer, { start, end }: Part): Part[] {
  const parts: Part[] = [];
  for (let at = start; at < end; ) {
    const part = partAt(der, at);
    parts.push(part);
    at = part.end;
  }
  return parts;
}

/** The element that begins at an offset. */
function partAt(der: Buffer, at: number): Part {
  const first = der[at + 1] ?? 0;
  const more = first < 0x80 ? 0 : first & 0x7f;
  const length =
    more === 0 ? first : parseInt(der.subarray(at + 2, at + 2 + more).toString('hex'), 16);
  const start = at + 2 + more;
  return { tag: der[at], start, end: start + length };
}
