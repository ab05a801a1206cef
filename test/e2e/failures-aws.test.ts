import { afterEach, describe, expect, it } from 'vitest';
import { mustFail, type Told } from '../support/failures.ts';
import { Desk } from '../support/program.ts';
import {
  type EmbeddedRegistry,
  exampleKey,
  type Fault,
  pullActions,
  type RegistryOptions,
  startRegistry,
} from '../support/registry/index.ts';

let registry: EmbeddedRegistry;
let desk: Desk;
const opened: (() => unknown)[] = [];

async function open(options: RegistryOptions = {}): Promise<void> {
  registry = await startRegistry(options);
  desk = new Desk(registry);
  desk.credentials();
  opened.push(desk.remove.bind(desk), registry.close);
}
afterEach(async () => {
  for (const each of opened.splice(0)) await each();
});

const ecr = { role: 'ecr' } as const;
const otherAccount = 'https://210987654321.dkr.ecr.ap-southeast-1.amazonaws.com';
const otherRegion = 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com';

type Case = [string, RegistryOptions, Fault[], object, Told];
const told = (code: Told['code'], message: RegExp, hint: RegExp): Told => ({
  code,
  exitCode: 4,
  message,
  hint,
});

const cases: Case[] = [
  [
    'a key that AWS does not know',
    {},
    [],
    { access_key_id: 'AKIAOTHER0000000000' },
    told(
      'AWS_KEY_UNKNOWN',
      /does not recognize the access key AKIAOTHER0000000000 in the region ap-southeast-1/,
      /access_key_id/,
    ),
  ],
  [
    'a secret that does not belong to the key',
    {},
    [],
    { secret_access_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEX' },
    told(
      'AWS_SECRET_WRONG',
      /recognizes the access key AKIAIOSFODNN7EXAMPLE, but secret_access_key does not/,
      /Copy secret_access_key again/,
    ),
  ],
  [
    'a session token that has expired',
    { keys: [{ ...exampleKey, sessionToken: 'token', sessionExpired: true }] },
    [],
    { session_token: 'token' },
    told('AWS_SESSION_EXPIRED', /session_token has expired/, /Ask the vendor for new credentials/),
  ],
  [
    'no permission for the token',
    { keys: [{ ...exampleKey, permissions: pullActions.slice(1) }] },
    [],
    {},
    told(
      'AWS_ACCESS_DENIED',
      /^arn:aws:iam::123456789012:user\/proto-customer is not allowed to perform ecr:GetAuthorizationToken\.$/,
      /contains the missing permission/,
    ),
  ],
  [
    'a registry of another account',
    { proxyEndpoint: otherAccount },
    [],
    {},
    told(
      'AWS_ACCOUNT_MISMATCH',
      /belongs to the AWS account 210987654321, but the credentials specify 123456789012/,
      /Compare account_id and region/,
    ),
  ],
  [
    'a registry of another region',
    { proxyEndpoint: otherRegion },
    [],
    {},
    told(
      'AWS_ACCOUNT_MISMATCH',
      /answered for the region eu-west-1, but the credentials specify ap-southeast-1/,
      /Compare account_id and region/,
    ),
  ],
  [
    'another region in the credentials',
    {},
    [],
    { region: 'eu-west-1' },
    told(
      'AWS_ACCOUNT_MISMATCH',
      /does not serve the region eu-west-1 from the credentials/,
      /Compare account_id and region/,
    ),
  ],
  [
    'a registry that would get the token unencrypted',
    { proxyEndpoint: 'http://registry.example' },
    [],
    {},
    told(
      'REGISTRY_ANSWER_INVALID',
      /returned the registry registry\.example, which does not use HTTPS/,
      /proxy or captive portal/,
    ),
  ],
  [
    'a fault of AWS that does not pass',
    {},
    [{ kind: 'status', status: 500, match: ecr }],
    {},
    told('SERVICE_UNAVAILABLE', /reported a server error \(500\)/, /Wait a few minutes/),
  ],
  [
    'too many requests for too long',
    {},
    [{ kind: 'status', status: 429, match: ecr }],
    {},
    told('SERVICE_UNAVAILABLE', /is limiting requests \(429\)/, /Wait a few minutes/),
  ],
  [
    'a request to come again in an hour',
    {},
    [{ kind: 'status', status: 429, retryAfterSeconds: 3600, match: ecr }],
    {},
    told('SERVICE_UNAVAILABLE', /is limiting requests \(429\)/, /Run the command again in 60 min/),
  ],
  [
    'a captive portal',
    {},
    [{ kind: 'html', match: ecr }],
    {},
    told(
      'REGISTRY_ANSWER_INVALID',
      /is not AWS \(200, text\/html; charset=utf-8\)/,
      /captive portal/,
    ),
  ],
  [
    'a portal that redirects',
    {},
    [{ kind: 'redirect', location: 'https://portal.example/?s=1', match: ecr }],
    {},
    told(
      'REGISTRY_ANSWER_INVALID',
      /is not AWS \(302, a redirect to portal\.example\)/,
      /captive portal/,
    ),
  ],
  [
    'another web server',
    {},
    [{ kind: 'not-aws', match: ecr }],
    {},
    told('REGISTRY_ANSWER_INVALID', /is not AWS \(404, text\/html/, /captive portal/),
  ],
  [
    'an answer that is not a login',
    {},
    [{ kind: 'wrong-json', match: ecr }],
    {},
    told(
      'REGISTRY_ANSWER_INVALID',
      /answered GetAuthorizationToken with an invalid login/,
      /captive portal/,
    ),
  ],
  [
    'connections that are cut',
    {},
    [{ kind: 'reset', match: ecr }],
    {},
    told('NETWORK_UNREACHABLE', /closed the connection unexpectedly/, /firewall/),
  ],
];

describe('AWS', () => {
  it.each(cases)('with %s is reported as that', async (_what, options, faults, aws, expected) => {
    await open(options);
    desk.credentials({ aws });
    for (const fault of faults) registry.faults.add(fault);
    await mustFail(desk, ['init'], expected);
    expect(registry.requests.every(({ role }) => role === 'ecr')).toBe(true);
    expect(registry.requests.length).toBeLessThanOrEqual(6);
  });

  it.each([
    ['429', { kind: 'status', status: 429 }],
    ['429 with a time to wait', { kind: 'status', status: 429, retryAfterSeconds: 1 }],
    ['503', { kind: 'status', status: 503 }],
    ['a cut connection', { kind: 'reset' }],
  ] as const)('is asked again after %s, and the third answer counts', async (_what, fault) => {
    await open();
    registry.faults.add({ ...fault, match: ecr, times: 2 });
    const { document } = await desk.json('init', '--verbose');
    // It comes as far as the empty registry.
    expect(document.error.code).toBe('REPOSITORY_UNKNOWN');
    expect(registry.requests.filter(({ role }) => role === 'ecr')).toHaveLength(3);
  });
});

describe('login', () => {
  it('meets the same failures', async () => {
    for (const [, options, faults, aws, expected] of cases.slice(0, 3)) {
      await open(options);
      desk.credentials({ aws });
      for (const fault of faults) registry.faults.add(fault);
      await mustFail(desk, ['login'], expected);
    }
  });
});
