import { type ErrorCode, UserError, type UserErrorOptions } from '../../errors.ts';
import { nameServers } from './lookup.ts';
import { type Phase, slowestPace, TimeLimitError } from './phases.ts';
import { inWords, TryAgain } from './retry.ts';
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
  EAI_AGAIN: (host) => deadNameServers(host, ''),
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

function deadNameServers(host: string, within: string): ReturnType<Words> {
  const servers = nameServers();
  const asked = servers === '' ? '' : ` Name servers of this host: ${servers}.`;
  return [
    'NETWORK_DNS',
    `DNS on this host did not answer the query for ${host}${within}.${asked}`,
    `Check \`resolvectl status\`, and that the firewall allows port 53. If only a web proxy can resolve names, set HTTPS_PROXY.`,
  ];
}

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
 * Turns a failure of node:http, node:https, a lookup, a tunnel or a time limit into a message for the operator.
 *
 * @param host the server, as in the URL
 * @param phase in which it failed, if it is known. Whatever fails in a TLS handshake is about TLS.
 * @returns the UserError, within TryAgain if a retry may succeed
 * @throws `error` itself if it is unrelated to the network: that is a bug
 */
export function networkFailure(error: unknown, host: string, phase?: Phase): UserError | TryAgain {
  if (error instanceof UserError || error instanceof TryAgain) return error;
  if (error instanceof ProxyError) return proxyFailure(error, host);
  if (error instanceof TimeLimitError) {
    const failure = timeLimitFailure(error, host);
    // The system has asked every name server twice by then.
    return error.phase === 'name' ? failure : new TryAgain(failure);
  }
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
  const tls = tlsFailure(error as Error, host, phase);
  if (tls === undefined) throw error;
  return new UserError('NETWORK_TLS', tls.message, options(error, tls.hint));
}

/** A cause with code and message only: a Node error may contain headers, packets or certificates. */
function options(error: unknown, hint?: string): UserErrorOptions {
  const { code, message } = error as NodeJS.ErrnoException;
  const cause = Object.assign(new Error(message), { code });
  return hint === undefined ? { cause } : { hint, cause };
}

/** What did not happen in time, and what is suspected. */
const byPhase: Readonly<Record<Phase, (host: string, time: string) => ReturnType<Words>>> = {
  name: (host, time) => deadNameServers(host, ` within ${time}`),
  connect: (host, time) => [
    'NETWORK_TIMEOUT',
    `${host} did not accept a connection within ${time}.`,
  ],
  tls: (host, time) => [
    'NETWORK_TIMEOUT',
    `${host} accepted a connection, but its TLS handshake did not end within ${time}.`,
    largePackets(host),
  ],
  proxy: (host, time) => [
    'NETWORK_TIMEOUT',
    `The web proxy did not open a connection to ${host} within ${time}.`,
  ],
  answer: (host, time) => [
    'NETWORK_TIMEOUT',
    `${host} accepted the request, but did not answer within ${time}.`,
    'If a virus scanner or a proxy in between holds answers back, allow more time: PROTO_SCAFFOLD_TIMEOUT=SECONDS.',
  ],
  silence: (host, time) => ['NETWORK_TIMEOUT', `${host} sent no data for ${time}.`],
  pace: (host, time) => [
    'NETWORK_TIMEOUT',
    `${host} sent fewer than ${slowestPace} bytes a second for ${time}.`,
  ],
};

/** Small packets arrive and large ones do not: typical of a VPN or a tunnel whose ICMP messages are filtered (RFC 2923). */
function largePackets(host: string): string {
  const name = host.replace(/:\d+$/, '');
  return `Perhaps large packets get lost on the way (MTU). Test it: \`ping -c 3 -M do -s 1472 ${name}\` fails where \`ping -c 3 -s 1000 ${name}\` works. If so, set a smaller MTU: \`sudo ip link set dev DEVICE mtu 1400\`. Also check for a firewall that inspects TLS.`;
}

function timeLimitFailure({ phase, ms, proxy }: TimeLimitError, host: string): UserError {
  if (proxy !== undefined && phase !== 'proxy') {
    const [code, message, hint] = byPhase[phase](proxy, inWords(ms));
    // A name server is a name server, whoever is looked up.
    if (code === 'NETWORK_DNS')
      return new UserError(code, message, hint === undefined ? {} : { hint });
    return new UserError('NETWORK_PROXY', `Cannot reach the web proxy: ${message}`, {
      hint: proxyAddressHint,
    });
  }
  const [code, message, hint] = byPhase[phase](host, inWords(ms));
  if (proxy === undefined) return new UserError(code, message, hint === undefined ? {} : { hint });
  return new UserError(
    'NETWORK_PROXY',
    `The web proxy ${proxy} accepted a connection, but did not open one to ${host} within ${inWords(ms)}.`,
    { hint: `Ask your network administrator whether the proxy can reach ${host}.` },
  );
}

const proxyAddressHint =
  'Check the address in HTTPS_PROXY. List hosts that do not need the proxy in NO_PROXY.';

function proxyFailure(error: ProxyError, host: string): UserError | TryAgain {
  const { proxy, refusal } = error;
  if (refusal === undefined) return proxyUnusable(error);
  const { status, afterMs } = refusal;
  if (status === 407) return loginWanted(error);
  const message = `The web proxy ${proxy} answered ${status} for ${host}.`;
  // A proxy returns 502 to 504 if it could not reach or resolve the host.
  if (status === 429 || status >= 500) {
    const answered = status === 429 || afterMs !== undefined;
    return new TryAgain(new UserError('NETWORK_PROXY', message), { afterMs, answered });
  }
  const hint = `Have the proxy allow ${host}, or add it to NO_PROXY.`;
  return new UserError('NETWORK_PROXY', message, { hint });
}

/** The only way to log in that this program, Docker and curl's default share (RFC 7617). */
const ownLogin = 'basic';

function loginWanted({ proxy, refusal }: ProxyError): UserError {
  const logins = refusal?.logins ?? [];
  if (logins.length > 0 && !logins.includes(ownLogin)) {
    const offered = logins.map(schemeName).join(' and ');
    return new UserError(
      'NETWORK_PROXY',
      `The web proxy ${proxy} requires a login by ${offered}, which neither this program nor Docker can use.`,
      {
        hint: `Ask your network administrator for an exception for this host (by address), or run a local proxy that logs in for you (such as cntlm or px) and set HTTPS_PROXY to it. A user name and password in HTTPS_PROXY do not help.`,
      },
    );
  }
  const message = `The web proxy ${proxy} requires a user name and password, or rejected the ones it got.`;
  return new UserError('NETWORK_PROXY', message, {
    hint: 'Set HTTPS_PROXY=http://user:password@proxy:port. Encode special characters as %XX.',
  });
}

/** As their standards spell them. Others wrote the name, so an unknown one is only shown if it is short. */
function schemeName(scheme: string): string {
  const known = { negotiate: 'Negotiate (Kerberos)', ntlm: 'NTLM', digest: 'Digest' };
  return known[scheme as keyof typeof known] ?? scheme.slice(0, 20);
}

function proxyUnusable({ proxy, scheme, reached, cause }: ProxyError): UserError | TryAgain {
  const { code = '' } = cause as NodeJS.ErrnoException;
  const other = scheme === 'http' ? 'https' : 'http';
  if (scheme === 'https' && reached) {
    const { message, hint } = tlsFailure(cause as Error, `the web proxy ${proxy}`, 'tls') ?? {};
    if (message !== undefined && noTls.test((cause as Error).message)) {
      return new UserError(
        'NETWORK_PROXY',
        `The web proxy ${proxy} does not speak TLS, which https:// in its address asks for.`,
        options(cause, `Set HTTPS_PROXY=http://${proxy}.`),
      );
    }
    if (message !== undefined && byErrno[code] === undefined) {
      return new UserError('NETWORK_PROXY', message, options(cause, hint ?? trustHint));
    }
  }
  if (reached) {
    const message = `The web proxy ${proxy} accepted a connection, but does not answer like a proxy that is reached by ${scheme}:// (${code || (cause as Error).message}).`;
    const hint = `If it expects ${other === 'https' ? 'TLS' : 'no TLS'}, set HTTPS_PROXY=${other}://${proxy}. Otherwise check the port.`;
    return new TryAgain(new UserError('NETWORK_PROXY', message, options(cause, hint)));
  }
  const message = `Cannot reach the web proxy ${proxy} (${code}).`;
  return new TryAgain(new UserError('NETWORK_PROXY', message, options(cause, proxyAddressHint)));
}

const trustHint =
  'Set NODE_EXTRA_CA_CERTS to the CA certificate of the proxy (PEM), and add the same certificate to Docker.';

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
 * @param phase in which it failed: in a handshake, whatever has another code is OpenSSL's reason to reject a certificate
 * @returns undefined if its code is not a TLS code
 */
export function tlsFailure(error: Error, host: string, phase?: Phase): TlsFailure | undefined {
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
    return { message: `The TLS handshake with ${host} failed: ${opensslReason(error)}.` };
  }
  if (phase !== 'tls' && code !== 'UNSPECIFIED' && !certificateCode.test(code)) return undefined;
  return { message: `The certificate of ${host} was rejected: ${error.message}.` };
}

const certificateCode =
  /CERT|^CRL_|_CA$|_CRL|HOSTNAME_MISMATCH|PATH_LENGTH|INVALID_PURPOSE|_EXTENSION|_NAME|_KEY/;

/** OpenSSL's reason, without the address of its object: `tlsv1 alert protocol version`. */
function opensslReason(error: Error): string {
  const { reason, code, message } = error as NodeJS.ErrnoException & { readonly reason?: string };
  const [, named] = /SSL routines:[^:\n]*:([^:\n]+)/.exec(message) ?? [];
  return reason ?? named ?? code ?? message;
}

function unknownIssuer(host: string): TlsFailure {
  return { message: `Untrusted certificate for ${host}: this host does not know the issuer.` };
}
