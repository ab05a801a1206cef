import { afterEach, describe, expect, test } from 'vitest';
import type { Network } from '../../src/lib/net/network.ts';
import { networkFailure } from '../../src/lib/net/network-errors.ts';
import { ecrRegistry } from '../../src/registry/credentials.ts';
import { ecrEndpoint, getAuthorizationToken } from '../../src/registry/ecr.ts';
import { Secret } from '../../src/secret.ts';
import { failure, type Opened, type OpenOptions, open } from '../lib/net/opened.ts';
import { scripted } from '../lib/net/scripted.ts';
import { credentials } from '../lib/net/settings.ts';
import { exampleKey } from '../support/registry/index.ts';

let opened: Opened;
afterEach(() => opened.close());

const minutes = (count: number) => count * 60_000;
const requested = () => opened.rig.requests.filter(({ target }) => target !== undefined).length;

/** The failure to get a token from a registry like this. */
async function refused(options: OpenOptions, prepare = (_: Opened) => {}) {
  opened = await open(options);
  prepare(opened);
  return failure(opened.token());
}

/** The failure where ECR answers with this body. */
async function answered(text: string) {
  return refused({}, ({ rig }) => rig.faults.add({ kind: 'wrong-json', text, match: {} }));
}

describe('a registry login', () => {
  test('is what ECR gives', async () => {
    opened = await open();
    const { rig } = opened;
    const token = await opened.token();
    expect(token).toMatchObject({
      username: 'AWS',
      registry: rig.registryHost,
      proxyEndpoint: rig.proxyEndpoint,
    });
    expect(token.password.reveal().length).toBeGreaterThan(1000);
    expect(token.expiresAt?.getTime()).toBeGreaterThan(Date.now());
    expect(JSON.stringify(token)).not.toContain(token.password.reveal());
  });

  test('is asked for with the session token where there is one', async () => {
    const key = { ...exampleKey, sessionToken: 'FwoGZXIvYXdzEXAMPLE' };
    opened = await open({ keys: [key] });
    const aws = credentials({ sessionToken: new Secret(key.sessionToken) });
    const { username } = await getAuthorizationToken({ aws, network: opened.network });
    expect(username).toBe('AWS');
  });

  test('comes over IPv6', async () => {
    opened = await open({ host: '::1' });
    expect((await opened.token()).registry).toBe(opened.rig.registryHost);
  });

  test('comes from AWS_ENDPOINT_URL where AWS_ENDPOINT_URL_ECR is not set', async () => {
    opened = await open();
    const other = await open({
      env: { AWS_ENDPOINT_URL_ECR: '', AWS_ENDPOINT_URL: opened.rig.endpoint },
    });
    expect((await other.token()).registry).toBe(opened.rig.registryHost);
    await other.close();
  });

  test.each([
    ['AWS_ENDPOINT_URL', 'ftp://x'],
    ['AWS_ENDPOINT_URL_ECR', 'emulator:4566'],
    ['AWS_ENDPOINT_URL_ECR', 'not a url'],
  ])('cannot come from %s=%s', async (name, value) => {
    const error = await refused({ env: { AWS_ENDPOINT_URL_ECR: '', [name]: value } });
    expect([error.code, error.message]).toEqual([
      'USAGE',
      `The environment variable ${name} is not an http or https URL.`,
    ]);
  });

  test('tells how far the clock is off, and comes in spite of it', async () => {
    for (const [offset, skew] of [
      [minutes(12), -720],
      [minutes(-30), 1800],
    ] as const) {
      await opened?.close();
      opened = await open({ clockOffsetMs: offset });
      const { clockSkewMs = 0 } = await opened.token();
      expect(Math.abs(clockSkewMs / 1000 - skew)).toBeLessThan(5);
      expect(requested()).toBe(2);
    }
  });

  test('leaves the environment of other processes as it was', async () => {
    opened = await open();
    const name = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';
    for (const before of [undefined, 'false']) {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
      await opened.token();
      expect(process.env[name]).toBe(before);
    }
    delete process.env[name];
  });

  test('is asked for once more after 429, 5xx, a reset or a stall', async () => {
    opened = await open();
    const { faults } = opened.rig;
    faults.add({ kind: 'status', status: 429, retryAfterSeconds: 0, match: {}, times: 1 });
    faults.add({ kind: 'status', status: 503, match: {}, times: 1 });
    await opened.token();
    faults.add({ kind: 'reset', match: {}, times: 1 });
    faults.add({ kind: 'stall', match: {}, times: 1 });
    await opened.token();
    expect(requested()).toBe(6);
  });
});

describe('AWS refuses', () => {
  test('a key that it does not know: AWS_KEY_UNKNOWN, naming it', async () => {
    const error = await refused({ keys: [{ ...exampleKey, accessKeyId: 'AKIAOTHER' }] });
    expect(error.code).toBe('AWS_KEY_UNKNOWN');
    expect(error.message).toContain('AKIAIOSFODNN7EXAMPLE in the region ap-southeast-1');
    expect(requested()).toBe(1);
  });

  test('a signature by the wrong secret: AWS_SECRET_WRONG', async () => {
    const error = await refused({ keys: [{ ...exampleKey, secretAccessKey: 'other' }] });
    expect(error.code).toBe('AWS_SECRET_WRONG');
    expect(requested()).toBe(1);
  });

  test('a user without permission: AWS_ACCESS_DENIED, naming user and permission', async () => {
    const error = await refused({ keys: [{ ...exampleKey, permissions: [] }] });
    expect([error.code, error.message]).toEqual([
      'AWS_ACCESS_DENIED',
      'arn:aws:iam::123456789012:user/proto-customer is not allowed to perform ecr:GetAuthorizationToken.',
    ]);
  });

  test('an explicit deny: AWS_ACCESS_DENIED, saying so', async () => {
    const { error } = await refusedWith(
      'AccessDeniedException',
      'User: arn:aws:iam::1:user/x is not authorized to perform: ecr:GetAuthorizationToken on resource: * with an explicit deny in an identity-based policy',
    );
    expect(error.message).toBe(
      'arn:aws:iam::1:user/x is not allowed to perform ecr:GetAuthorizationToken, because of an explicit deny.',
    );
  });

  test('another region than the endpoint serves: AWS_ACCOUNT_MISMATCH', async () => {
    opened = await open({ region: 'eu-central-1' });
    const { network } = opened;
    const error = await failure(getAuthorizationToken({ aws: credentials(), network }));
    expect(error.code).toBe('AWS_ACCOUNT_MISMATCH');
    expect(error.message).toContain('does not serve the region ap-southeast-1');
  });

  test.each([
    [
      'ExpiredTokenException',
      'The security token included in the request is expired',
      'AWS_SESSION_EXPIRED',
    ],
    [
      'InvalidClientTokenId',
      'The security token included in the request is invalid',
      'AWS_KEY_UNKNOWN',
    ],
    ['SignatureDoesNotMatch', 'does not match', 'AWS_SECRET_WRONG'],
    ['OptInRequired', 'The AWS Access Key Id needs a subscription', 'AWS_REFUSED'],
    ['AccessDeniedException', '', 'AWS_ACCESS_DENIED'],
  ])('with %s: %s → %s', async (type, text, code) => {
    const { error, requests } = await refusedWith(type, text);
    expect([error.code, requests]).toEqual([code, 1]);
  });

  test.each([
    ['ThrottlingException', 'Rate exceeded', 'SERVICE_UNAVAILABLE'],
    ['RequestExpired', 'Request has expired', 'AWS_CLOCK_SKEW'],
  ])('with %s, after three tries → %s', async (type, text, code) => {
    const { error, requests } = await refusedWith(type, text);
    expect([error.code, requests]).toEqual([code, 3]);
  });

  test('a signature that no second try fixes: AWS_CLOCK_SKEW, saying by how much', async () => {
    const { error } = await refusedWith(
      'InvalidSignatureException',
      'Signature expired: 20260101T000000Z is now earlier than 20260101T000703Z (20260101T001203Z - 5 min.)',
    );
    expect(error.code).toBe('AWS_CLOCK_SKEW');
    expect(error.message).toMatch(/this host's clock is 12 min 3 s behind\.$/);
  });

  test('with its number for the request, where nothing better is known', async () => {
    const { error } = await refusedWith('OptInRequired', 'x');
    expect(error.message).toMatch(
      /refused the request: OptInRequired \(request 0a1b2c3d-[0-9a-f-]+\)\.$/,
    );
  });
});

describe('a login labelled as a page', () => {
  test('is a login, as moto gives it', async () => {
    opened = await open();
    const authorizationToken = Buffer.from('AWS:secret').toString('base64');
    const proxyEndpoint = 'https://123456789012.dkr.ecr.ap-southeast-1.amazonaws.com';
    const body = JSON.stringify({ authorizationData: [{ authorizationToken, proxyEndpoint }] });
    const server = await scripted(() => ({
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body,
    }));
    const other = await open({ env: { AWS_ENDPOINT_URL_ECR: server.url } });
    const aws = credentials({});
    const { username } = await getAuthorizationToken({ aws, network: other.network });
    expect(username).toBe('AWS');
    await other.close();
    await server.close();
  });
});

describe('what answers is not AWS', () => {
  test.each([
    [{ kind: 'html' }, '200, text/html'],
    [{ kind: 'not-aws' }, '404, text/html'],
    [
      { kind: 'redirect', location: 'https://portal.example/login?token=hunter2' },
      '302, a redirect to portal.example',
    ],
  ] as const)('%j: REGISTRY_ANSWER_INVALID', async (fault, what) => {
    const error = await refused({}, ({ rig }) => rig.faults.add({ ...fault, match: {} }));
    expect(error.code).toBe('REGISTRY_ANSWER_INVALID');
    expect(error.message).toContain(`is not AWS (${what}`);
    expect(error.message).not.toContain('hunter2');
  });

  test.each([
    ['{"status":"ok"}'],
    ['[]'],
    ['not json'],
    ['{"authorizationData":[]}'],
    ['{"authorizationData":[{"authorizationToken":"!!","proxyEndpoint":"https://r.example"}]}'],
    ['{"authorizationData":[{"authorizationToken":"QVdTOng="}]}'],
    ['{"authorizationData":[{"authorizationToken":"QVdTOng=","proxyEndpoint":"nowhere"}]}'],
    ['{"authorizationData":[{"authorizationToken":"QVdTOng=","expiresAt":"soon"}]}'],
    [
      '{"authorizationData":[{"authorizationToken":"QVdTOng=","proxyEndpoint":"http://r.example"}]}',
    ],
  ])('%s: REGISTRY_ANSWER_INVALID', async (text) => {
    const error = await answered(text);
    expect(error.code).toBe('REGISTRY_ANSWER_INVALID');
    expect(error.message).toContain(opened.rig.registryHost);
  });

  test('an answer without end: REGISTRY_ANSWER_INVALID', async () => {
    const error = await refused({}, ({ rig }) => rig.faults.add({ kind: 'endless', match: {} }));
    expect(error.code).toBe('REGISTRY_ANSWER_INVALID');
  });

  test('no connection: NETWORK_UNREACHABLE', async () => {
    opened = await open();
    await opened.rig.close();
    expect((await failure(opened.token())).code).toBe('NETWORK_UNREACHABLE');
    opened = await open();
  });

  test('5xx to every try: SERVICE_UNAVAILABLE, with the time to come back where it is reported', async () => {
    const error = await refused({}, ({ rig }) =>
      rig.faults.add({ kind: 'status', status: 503, retryAfterSeconds: 120, match: {} }),
    );
    expect([error.code, error.hint]).toEqual([
      'SERVICE_UNAVAILABLE',
      'Run the command again in 2 min.',
    ]);
    expect(requested()).toBe(1);
  });
});

describe('ECR of another account or region', () => {
  test.each([
    ['999999999999.dkr.ecr.ap-southeast-1.amazonaws.com', /the AWS account 999999999999/],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', /the region eu-west-1/],
    ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', /the region us-gov-west-1/],
    ['999999999999.dkr-ecr.ap-southeast-1.on.aws', /the AWS account 999999999999/],
  ])('%s is AWS_ACCOUNT_MISMATCH', async (host, message) => {
    const error = await answered(authorization(host));
    expect(error.code).toBe('AWS_ACCOUNT_MISMATCH');
    expect(error.message).toMatch(message);
  });

  test.each([
    ['123456789012.dkr.ecr.ap-southeast-1.amazonaws.com'],
    ['123456789012.dkr.ecr.ap-southeast-1.amazonaws.com.cn'],
    ['registry.example:5000'],
  ])('%s is not', async (host) => {
    opened = await open();
    opened.rig.faults.add({ kind: 'wrong-json', text: authorization(host), match: {} });
    expect((await opened.token()).registry).toBe(host);
  });
});

test('a host of AWS that does not exist is NETWORK_DNS, and asks to check the region', async () => {
  opened = await open();
  const asked: string[] = [];
  // The one name of AWS's that no test may look up for real.
  const network: Network = {
    ...opened.network,
    env: () => ({}),
    request: async ({ url }) => {
      asked.push(url.href);
      throw networkFailure(Object.assign(new Error(), { code: 'ENOTFOUND' }), url.host);
    },
  };
  const aws = credentials({ region: 'ap-southeast-9' });
  const error = await failure(getAuthorizationToken({ aws, network }));
  expect(asked).toEqual(['https://api.ecr.ap-southeast-9.amazonaws.com/']);
  expect([error.code, error.message]).toEqual([
    'NETWORK_DNS',
    'DNS on this host cannot resolve api.ecr.ap-southeast-9.amazonaws.com.',
  ]);
  expect(error.hint).toContain('the region ap-southeast-9 in the credentials is spelled correctly');
});

test('a server that is not AWS is named with the variable that led to it', async () => {
  const server = await scripted(() => ({ headers: { 'content-type': 'text/html' }, body: '<p>' }));
  const error = await refused({ env: { AWS_ENDPOINT_URL_ECR: server.url } });
  await server.close();
  expect(error.code).toBe('REGISTRY_ANSWER_INVALID');
  expect(error.hint).toMatch(
    /^This address comes from the environment variable AWS_ENDPOINT_URL_ECR\. Check it or unset it\./,
  );
});

test.each([
  ['123456789012.dkr.ecr.ap-southeast-1.amazonaws.com', 'ap-southeast-1'],
  ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
  ['123456789012.dkr-ecr.eu-west-1.on.aws', 'eu-west-1'],
  ['123456789012.dkr-ecr-fips.us-east-1.on.aws', 'us-east-1'],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn', 'cn-north-1'],
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example', undefined],
  ['registry.example', undefined],
  ['127.0.0.1:5000', undefined],
])('%s is a registry of ECR in %s', (host, region) => {
  expect(ecrRegistry(host)?.region).toBe(region);
});

test('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS turns the other variables off', () => {
  const env = { AWS_ENDPOINT_URL: 'http://emulator:4566' };
  expect(ecrEndpoint(env)?.host).toBe('emulator:4566');
  expect(ecrEndpoint({ ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'True' })).toBeUndefined();
});

test("the caller's abort ends it with the caller's reason", async () => {
  opened = await open();
  opened.rig.faults.add({ kind: 'stall', match: {} });
  const controller = new AbortController();
  const { aws, network } = opened;
  const pending = getAuthorizationToken({ aws, network, signal: controller.signal });
  const reason = new Error('interrupted');
  setTimeout(() => controller.abort(reason), 50);
  await expect(pending).rejects.toBe(reason);
});

function authorization(host: string): string {
  const authorizationData = [
    { authorizationToken: 'QVdTOng=', expiresAt: 1.8e9, proxyEndpoint: `https://${host}` },
  ];
  return JSON.stringify({ authorizationData });
}

/** The failure where AWS answers every request with this error of its JSON protocol, and how often it was asked. */
async function refusedWith(type: string, message: string) {
  const aws = await scripted(() => ({
    status: 400,
    headers: { 'x-amzn-requestid': '0a1b2c3d-0000-4000-8000-000000000000' },
    body: JSON.stringify({ __type: type, message }),
  }));
  const error = await refused({ env: { AWS_ENDPOINT_URL_ECR: aws.url } });
  await aws.close();
  return { error, requests: aws.requests.length };
}
