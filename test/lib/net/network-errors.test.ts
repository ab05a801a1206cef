import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { networkFailure } from '../../../src/lib/net/network-errors.ts';
import { TimeLimitError } from '../../../src/lib/net/phases.ts';
import { TryAgain } from '../../../src/lib/net/retry.ts';
import { ProxyError } from '../../../src/lib/net/tunnel.ts';

const host = 'api.ecr.ap-southeast-1.amazonaws.com';

/** An error as Node gives it, with what must not get out of it. */
function nodeError(code: string): Error {
  return Object.assign(new Error(`message of ${code}`), {
    code,
    rawPacket: Buffer.from('hunter2'),
  });
}

function told(error: unknown): { readonly failure: UserError; readonly mayPass: boolean } {
  const failure = networkFailure(error, host);
  return failure instanceof TryAgain
    ? { failure: failure.failure, mayPass: true }
    : { failure, mayPass: false };
}

describe('an error of Node', () => {
  test.each([
    ['ENOTFOUND', 'NETWORK_DNS', false],
    ['EAI_AGAIN', 'NETWORK_DNS', true],
    ['ECONNREFUSED', 'NETWORK_UNREACHABLE', true],
    ['ECONNRESET', 'NETWORK_UNREACHABLE', true],
    ['EPIPE', 'NETWORK_UNREACHABLE', true],
    ['ERR_STREAM_PREMATURE_CLOSE', 'NETWORK_UNREACHABLE', true],
    ['EHOSTUNREACH', 'NETWORK_UNREACHABLE', true],
    ['ENETUNREACH', 'NETWORK_UNREACHABLE', true],
    ['EADDRNOTAVAIL', 'NETWORK_UNREACHABLE', true],
    ['ECONNABORTED', 'NETWORK_UNREACHABLE', true],
    ['ENETDOWN', 'NETWORK_UNREACHABLE', true],
    ['EACCES', 'NETWORK_UNREACHABLE', true],
    ['EPERM', 'NETWORK_UNREACHABLE', true],
    ['EINVAL', 'NETWORK_UNREACHABLE', true],
    ['EMFILE', 'NETWORK_UNREACHABLE', true],
    ['ENFILE', 'NETWORK_UNREACHABLE', true],
    ['ENOBUFS', 'NETWORK_UNREACHABLE', true],
    ['EAI_FAIL', 'NETWORK_DNS', false],
    ['EAI_MEMORY', 'NETWORK_DNS', false],
    ['EREMOTEIO', 'NETWORK_UNREACHABLE', true],
    ['ETIMEDOUT', 'NETWORK_TIMEOUT', true],
    ['HPE_INVALID_CONSTANT', 'REGISTRY_ANSWER_INVALID', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NETWORK_TLS', false],
    ['UNABLE_TO_GET_ISSUER_CERT', 'NETWORK_TLS', false],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'NETWORK_TLS', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'NETWORK_TLS', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NETWORK_TLS', false],
    ['CERT_HAS_EXPIRED', 'NETWORK_TLS', false],
    ['CERT_NOT_YET_VALID', 'NETWORK_TLS', false],
    ['CERT_REVOKED', 'NETWORK_TLS', false],
    ['CERT_UNTRUSTED', 'NETWORK_TLS', false],
    ['UNSPECIFIED', 'NETWORK_TLS', false],
    ['INVALID_CA', 'NETWORK_TLS', false],
    ['HOSTNAME_MISMATCH', 'NETWORK_TLS', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'NETWORK_TLS', false],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'NETWORK_TLS', false],
    ['EPROTO', 'NETWORK_TLS', false],
  ])('%s is %s and names the host', (code, expected, mayPass) => {
    const { failure, ...rest } = told(nodeError(code));
    expect(failure.code).toBe(expected);
    expect(failure.message).toContain(host);
    expect(rest.mayPass).toBe(mayPass);
  });

  test('leaves nothing but its code and text as the cause', () => {
    const { cause } = told(nodeError('ECONNRESET')).failure;
    expect(cause).toMatchObject({ message: 'message of ECONNRESET', code: 'ECONNRESET' });
    expect(Object.keys(cause as object)).toEqual(['code']);
  });

  test('has a sentence of its own for each way in which a certificate can be wrong', () => {
    const codes = [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'CERT_HAS_EXPIRED',
      'CERT_NOT_YET_VALID',
      'CERT_REVOKED',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'CERT_SIGNATURE_FAILURE',
      'EPROTO',
    ];
    const messages = codes.map((code) => told(nodeError(code)).failure.message);
    expect(new Set(messages).size).toBe(codes.length);
  });

  test('that the network has no part in is thrown as it is', () => {
    const bug = new TypeError('x is not a function');
    expect(() => networkFailure(bug, host)).toThrow(bug);
  });
});

test('what was told already stays as it is', () => {
  const failure = new UserError('NETWORK_TLS', 'x');
  const again = new TryAgain(failure);
  expect(networkFailure(failure, host)).toBe(failure);
  expect(networkFailure(again, host)).toBe(again);
});

test.each([
  ['connect', `${host} did not accept a connection within 10 s.`],
  ['tls', `${host} accepted a connection, but its TLS handshake did not end within 10 s.`],
  ['answer', `${host} accepted the request, but did not answer within 10 s.`],
  ['silence', `${host} sent no data for 10 s.`],
] as const)('a %s limit is NETWORK_TIMEOUT and says how long', (limit, message) => {
  const { failure, mayPass } = told(new TimeLimitError(limit, 10_000));
  expect([failure.code, failure.message, mayPass]).toEqual(['NETWORK_TIMEOUT', message, true]);
});

test('a name server that does not answer in time is NETWORK_DNS, and not asked for longer', () => {
  const { failure, mayPass } = told(new TimeLimitError('name', 12_000));
  expect([failure.code, mayPass]).toEqual(['NETWORK_DNS', false]);
  expect(failure.message).toMatch(
    /^DNS on this host did not answer the query for .* within 12 s\. Name servers of this host: [\d.]+/,
  );
});

const proxy = { url: new URL('http://proxy:3128') };

describe('a web proxy that opens no tunnel', () => {
  test.each([
    [407, /requires a user name and password/, false],
    [403, /answered 403 for api\.ecr/, false],
    [502, /answered 502 for api\.ecr/, true],
    [503, /answered 503 for api\.ecr/, true],
  ])('with %i is NETWORK_PROXY and names the proxy', (status, message, expected) => {
    const { failure, mayPass } = told(
      new ProxyError(proxy, {
        refusal: { status, logins: ['basic'], afterMs: undefined },
        reached: true,
      }),
    );
    expect(failure.code).toBe('NETWORK_PROXY');
    expect(failure.message).toMatch(/proxy:3128/);
    expect(failure.message).toMatch(message);
    expect(mayPass).toBe(expected);
  });

  test.each([
    [nodeError('ECONNREFUSED'), '(ECONNREFUSED)'],
    [nodeError('ENOTFOUND'), '(ENOTFOUND)'],
  ])('because of %s is NETWORK_PROXY, too', (cause, why) => {
    const { failure } = told(new ProxyError(proxy, { cause, reached: false }));
    expect(failure.code).toBe('NETWORK_PROXY');
    expect(failure.message).toBe(`Cannot reach the web proxy proxy:3128 ${why}.`);
  });

  test.each([
    [['negotiate', 'ntlm'], 'Negotiate (Kerberos) and NTLM', /cntlm/],
    [['basic', 'ntlm'], 'requires a user name and password', /^Set HTTPS_PROXY=/],
  ] as const)('with 407 and %j says what helps', (logins, message, hint) => {
    const refusal = { status: 407, logins, afterMs: undefined };
    const { failure, mayPass } = told(new ProxyError(proxy, { refusal, reached: true }));
    expect(failure.message).toContain(message);
    expect(failure.hint).toMatch(hint);
    expect(mayPass).toBe(false);
  });

  test('with 429 is asked again when it says', () => {
    const refusal = { status: 429, logins: [], afterMs: 3000 };
    const error = networkFailure(new ProxyError(proxy, { refusal, reached: true }), host);
    expect(error).toMatchObject({ afterMs: 3000, answered: true });
  });

  test.each([
    ['connect', /^Cannot reach the web proxy: proxy:3128 did not accept a connection within 10 s/],
    ['tls', /^Cannot reach the web proxy: proxy:3128 accepted a connection, but its TLS handshake/],
    ['proxy', /^The web proxy proxy:3128 accepted a connection, but did not open one to api\.ecr/],
  ] as const)('because its %s takes too long', (phase, message) => {
    const { failure } = told(new TimeLimitError(phase, 10_000, 'proxy:3128'));
    expect(failure.code).toBe('NETWORK_PROXY');
    expect(failure.message).toMatch(message);
  });
});
