/** A TLS failure in words; without a hint, the remedy of NETWORK_TLS holds. */
export interface TlsFailure {
  readonly message: string;
  readonly hint?: string;
}

const clockHint =
  "Check this host's date with `timedatectl`; if it is right, the other side must renew it.";

/** https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes */
const table: Readonly<Record<string, (host: string) => TlsFailure>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  SELF_SIGNED_CERT_IN_CHAIN: (host) => ({
    message: `The certificate of ${host} comes from a CA that this host does not trust.`,
  }),
  DEPTH_ZERO_SELF_SIGNED_CERT: (host) => ({
    message: `${host} shows a certificate that it signed itself.`,
  }),
  CERT_HAS_EXPIRED: (host) => ({
    message: `The certificate of ${host} has expired.`,
    hint: clockHint,
  }),
  CERT_NOT_YET_VALID: (host) => ({
    message: `The certificate of ${host} is not valid yet.`,
    hint: clockHint,
  }),
  CERT_REVOKED: (host) => ({ message: `The certificate of ${host} was revoked.` }),
  ERR_TLS_CERT_ALTNAME_INVALID: (host) => ({
    message: `What answers at ${host} shows the certificate of another host.`,
    hint: 'Look for a proxy, a captive portal or a wrong DNS entry between this host and the other side.',
  }),
};

/** OpenSSL's words (in an EPROTO) for an answer that is plain HTTP or the like. */
const noTls = /wrong version number|packet length too long|http request/;

/**
 * Says what is wrong with a certificate or a handshake.
 *
 * @param error as node:tls gives it
 * @returns undefined where its code is none of TLS's
 */
export function tlsFailure(error: Error, host: string): TlsFailure | undefined {
  const { code = '' } = error as NodeJS.ErrnoException;
  const words = table[code];
  if (words !== undefined) return words(host);
  if (code === 'EPROTO' && noTls.test(error.message)) {
    return {
      message: `What answers at ${host} does not speak TLS.`,
      hint: 'Look for a proxy or captive portal in between, and for a wrong port in AWS_ENDPOINT_URL.',
    };
  }
  if (/^(ERR_SSL_|ERR_TLS_|ERR_OSSL_)|^EPROTO$/.test(code)) {
    return { message: `The TLS handshake with ${host} failed (${code}).` };
  }
  if (/CERT|^CRL_|_CA$|_CRL|HOSTNAME_MISMATCH|PATH_LENGTH|INVALID_PURPOSE/.test(code)) {
    return { message: `The certificate of ${host} is not accepted (${code}).` };
  }
  return undefined;
}

function unknownIssuer(host: string): TlsFailure {
  return { message: `This host does not know who issued the certificate of ${host}.` };
}
