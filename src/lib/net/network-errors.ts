import { type ErrorCode, UserError, type UserErrorOptions } from '../../errors.ts';
import { inWords, TimeLimitError, TryAgain } from './retry.ts';
import { ProxyError } from './tunnel.ts';

type Words = (host: string) => readonly [ErrorCode, message: string, hint?: string];

const unreachable =
  (what: string): Words =>
  (host) => ['NETWORK_UNREACHABLE', `${host} ${what}.`];

function forbidden(host: string): ReturnType<Words> {
  return [
    'NETWORK_UNREACHABLE',
    `This host does not allow a connection to ${host}.`,
    "Check this host's own firewall (`sudo nft list ruleset`) and routes (`ip route get ADDRESS`), and the rules of its security software.",
  ];
}

function exhausted(host: string): ReturnType<Words> {
  return [
    'NETWORK_UNREACHABLE',
    `This host cannot open another connection, for ${host}: it has no file handles or memory left.`,
    'Raise the limit of open files (`ulimit -n`), or end other programs, then run the command again.',
  ];
}

/** Node's and the system's codes: https://nodejs.org/docs/latest-v20.x/api/errors.html */
const byErrno: Readonly<Record<string, Words>> = {
  ENOTFOUND: (host) => [
    'NETWORK_DNS',
    `DNS on this host cannot resolve ${host}.`,
    `Check \`resolvectl query ${host}\`. If only a web proxy can resolve names, set HTTPS_PROXY.`,
  ],
  EAI_AGAIN: (host) => [
    'NETWORK_DNS',
    `DNS on this host did not answer the query for ${host}.`,
    `Check \`resolvectl status\`. If only a web proxy can resolve names, set HTTPS_PROXY.`,
  ],
  ECONNREFUSED: unreachable('refused the connection'),
  ECONNRESET: unreachable('closed the connection unexpectedly'),
  ECONNABORTED: unreachable('closed the connection unexpectedly'),
  EPIPE: unreachable('closed the connection unexpectedly'),
  ERR_STREAM_PREMATURE_CLOSE: unreachable('closed the connection unexpectedly'),
  EHOSTUNREACH: unreachable('is unreachable: no route to the host'),
  ENETUNREACH: unreachable('is unreachable: this host has no network'),
  ENETDOWN: unreachable('is unreachable: the network of this host is down'),
  EACCES: forbidden,
  EPERM: forbidden,
  EINVAL: forbidden,
  EMFILE: exhausted,
  ENFILE: exhausted,
  ENOBUFS: exhausted,
  ENOMEM: exhausted,
  EADDRNOTAVAIL: unreachable('is unreachable: this host has no usable source address'),
  ETIMEDOUT: (host) => ['NETWORK_TIMEOUT', `The connection to ${host} timed out.`],
};

/** What the system can answer besides: connect(2) and getaddrinfo(3) pass on whatever a rule or a module gives them. */
function otherErrno(code: string): Words | undefined {
  if (code.startsWith('EAI_')) {
    return (host) => ['NETWORK_DNS', `DNS on this host failed for ${host} (${code}).`];
  }
  return /^E[A-Z0-9]+$/.test(code) && code !== 'EPROTO'
    ? unreachable(`is unreachable (${code})`)
    : undefined;
}

const passing: readonly ErrorCode[] = ['NETWORK_UNREACHABLE', 'NETWORK_TIMEOUT'];

/**
 * Turns a failure of node:http, node:https, a tunnel or a time limit into a message for the operator.
 *
 * @param host the server, as in the URL
 * @returns the UserError, within TryAgain if a retry may succeed
 * @throws `error` itself if it is unrelated to the network: that is a bug
 */
export function networkFailure(error: unknown, host: string): UserError | TryAgain {
  if (error instanceof UserError || error instanceof TryAgain) return error;
  if (error instanceof ProxyError) return proxyFailure(error, host);
  if (error instanceof TimeLimitError) return new TryAgain(timeLimitFailure(error, host));
  const { code = '' } = error as NodeJS.ErrnoException;
  const words = (byErrno[code] ?? otherErrno(code))?.(host);
  if (words !== undefined) {
    const [errorCode, message, hint] = words;
    const failure = new UserError(errorCode, message, options(error, hint));
    const mayPass = passing.includes(errorCode) || code === 'EAI_AGAIN';
    return mayPass ? new TryAgain(failure) : failure;
  }
  if (code.startsWith('HPE_')) {
    const message = `The server at ${host} does not speak HTTP.`;
    return new UserError('REGISTRY_ANSWER_INVALID', message, options(error));
  }
  const tls = tlsFailure(error as Error, host);
  if (tls === undefined) throw error;
  return new UserError('NETWORK_TLS', tls.message, options(error, tls.hint));
}

/** A cause with code and message only: a Node error may contain headers, packets or certificates. */
function options(error: unknown, hint?: string): UserErrorOptions {
  const { code, message } = error as NodeJS.ErrnoException;
  const cause = Object.assign(new Error(message), { code });
  return hint === undefined ? { cause } : { hint, cause };
}

function timeLimitFailure(error: TimeLimitError, host: string): UserError {
  const time = inWords(error.ms);
  const message =
    error.limit === 'connect'
      ? `${host} did not accept a connection within ${time}.`
      : `${host} sent no data for ${time}.`;
  return new UserError('NETWORK_TIMEOUT', message);
}

function proxyFailure({ proxy, status, cause }: ProxyError, host: string): UserError | TryAgain {
  if (status === undefined) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const why = code === '' ? 'timed out' : code;
    const message = `Cannot reach the web proxy ${proxy} (${why}).`;
    const hint =
      'Check the address in HTTPS_PROXY. List hosts that do not need the proxy in NO_PROXY.';
    return new TryAgain(new UserError('NETWORK_PROXY', message, options(cause, hint)));
  }
  if (status === 407) {
    const message = `The web proxy ${proxy} requires a user name and password, or rejected the ones it got.`;
    return new UserError('NETWORK_PROXY', message, {
      hint: 'Set HTTPS_PROXY=http://user:password@proxy:port. Encode special characters as %XX.',
    });
  }
  const message = `The web proxy ${proxy} answered ${status} for ${host}.`;
  // A proxy returns 502 to 504 if it could not reach or resolve the host.
  if (status >= 500) return new TryAgain(new UserError('NETWORK_PROXY', message));
  const hint = `Have the proxy allow ${host}, or add it to NO_PROXY.`;
  return new UserError('NETWORK_PROXY', message, { hint });
}

/** A TLS failure as text. Without a hint, the default hint of NETWORK_TLS applies. */
export interface TlsFailure {
  readonly message: string;
  readonly hint?: string;
}

const clockHint =
  "Check this host's date with `timedatectl`. If the date is correct, the owner of the server must renew the certificate.";

/** https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes */
const byVerifyCode: Readonly<Record<string, (host: string) => TlsFailure>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  SELF_SIGNED_CERT_IN_CHAIN: (host) => ({
    message: `The certificate of ${host} was issued by a CA that this host does not trust.`,
  }),
  DEPTH_ZERO_SELF_SIGNED_CERT: (host) => ({
    message: `${host} uses a self-signed certificate.`,
  }),
  CERT_HAS_EXPIRED: (host) => ({
    message: `The certificate of ${host} has expired.`,
    hint: clockHint,
  }),
  CERT_NOT_YET_VALID: (host) => ({
    message: `The certificate of ${host} is not valid yet.`,
    hint: clockHint,
  }),
  CERT_REVOKED: (host) => ({ message: `The certificate of ${host} has been revoked.` }),
  ERR_TLS_CERT_ALTNAME_INVALID: (host) => ({
    message: `The server at ${host} presents a certificate for a different host.`,
    hint: 'Check for a proxy, a captive portal or a wrong DNS entry between this host and the server.',
  }),
};

/** OpenSSL's messages (in an EPROTO) for a response that is plain HTTP or similar. */
const noTls = /wrong version number|packet length too long|http request/;

/**
 * Describes what is wrong with a certificate or a handshake.
 *
 * @param error from node:tls
 * @returns undefined if its code is not a TLS code
 */
export function tlsFailure(error: Error, host: string): TlsFailure | undefined {
  const { code = '' } = error as NodeJS.ErrnoException;
  const words = byVerifyCode[code];
  if (words !== undefined) return words(host);
  if (code === 'EPROTO' && noTls.test(error.message)) {
    return {
      message: `The server at ${host} does not speak TLS.`,
      hint: 'Check for a proxy or captive portal in between, and for a wrong port in AWS_ENDPOINT_URL.',
    };
  }
  if (/^(ERR_SSL_|ERR_TLS_|ERR_OSSL_)|^EPROTO$/.test(code)) {
    return { message: `The TLS handshake with ${host} failed (${code}).` };
  }
  // Node has no name for OpenSSL's other verify errors.
  if (code === 'UNSPECIFIED') {
    return { message: `The certificate of ${host} was rejected (${error.message}).` };
  }
  if (/CERT|^CRL_|_CA$|_CRL|HOSTNAME_MISMATCH|PATH_LENGTH|INVALID_PURPOSE/.test(code)) {
    return { message: `The certificate of ${host} was rejected (${code}).` };
  }
  return undefined;
}

function unknownIssuer(host: string): TlsFailure {
  return { message: `Untrusted certificate for ${host}: this host does not know the issuer.` };
}
