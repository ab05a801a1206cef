import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

async function open(options: RegistryOptions = {}): Promise<void> {
  registry = await startRegistry(options);
  await registry.seedRelease();
  desk = new Desk(registry);
  desk.credentials();
  desk.putDockerStandInOnPath();
}
afterEach(async () => {
  desk.remove();
  await registry.close();
});

const told = (code: Told['code'], message: RegExp, hint: RegExp): Told => ({
  code,
  exitCode: 4,
  message,
  hint,
});
const lines = (faults: { file: string; message: string }[]) =>
  faults.map(({ file, message }) => `${file}: ${message}`);

describe('what the registry does not have or allow', () => {
  it('is a repository that this user may not pull from, with the permission that is missing', async () => {
    const repositories = ['platform', 'msgrouter-ws', 'postgres', 'bucket', 'web-app', 'webchat'];
    const key = { ...exampleKey, repositories: repositories.map((name) => `proto/${name}`) };
    await open({ keys: [key] });
    await mustFail(desk, ['init'], {
      ...told(
        'REGISTRY_DENIED',
        /denied a pull from proto\/chatbot: arn:aws:iam::123456789012:user\/proto-customer lacks the permission ecr:BatchGetImage\.$/,
        /contains the repository and the missing permission/,
      ),
    });
  });

  it('is several of them, each named', async () => {
    await open({ keys: [{ ...exampleKey, repositories: ['proto/platform', 'proto/postgres'] }] });
    const { error } = await mustFail(
      desk,
      ['init'],
      told(
        'REGISTRY_DENIED',
        /^5 of 7 repositories could not be resolved on 127\.0\.0\.1:\d+\.$/,
        /./,
      ),
    );
    expect(lines(error.faults)).toEqual(
      ['chatbot', 'msgrouter-ws', 'bucket', 'web-app', 'webchat'].map((name) =>
        expect.stringMatching(`^127.0.0.1:\\d+/proto/${name}:stable: .* ecr:BatchGetImage\\.$`),
      ),
    );
  });

  it('is the content of what it may name: the permission for layers', async () => {
    const permissions = pullActions.filter((action) => action !== 'ecr:GetDownloadUrlForLayer');
    await open({ keys: [{ ...exampleKey, permissions }] });
    await mustFail(
      desk,
      ['init'],
      told('REGISTRY_DENIED', /lacks the permission ecr:GetDownloadUrlForLayer/, /./),
    );
  });

  it('is a namespace', async () => {
    await open();
    desk.credentials({ registry: { namespace: 'other' } });
    const { error } = await mustFail(
      desk,
      ['init'],
      told('REPOSITORY_UNKNOWN', /^7 of 7 repositories could not/, /registry\.namespace/),
    );
    expect(lines(error.faults)[0]).toMatch(
      /other\/platform:stable: Repository other\/platform not found on .*\.$/,
    );
  });

  it('is a release', async () => {
    await open();
    const { error } = await mustFail(
      desk,
      ['init', '--release', '2027.1.0'],
      told('RELEASE_UNKNOWN', /^7 of 7 repositories could not/, /--release TAG/),
    );
    expect(error.faults).toHaveLength(7);
  });

  it('is one repository among others, without a list', async () => {
    await open();
    await registry.pushImage('more/platform', 'stable');
    const names = ['chatbot', 'msgrouter-ws', 'postgres', 'bucket'];
    for (const name of names) await registry.pushImage(`more/${name}`, 'stable');
    await registry.pushBundle('more/web-app', 'stable', []);
    registry.createRepository('more/webchat');
    desk.credentials({ registry: { namespace: 'more' } });
    const { error } = await mustFail(
      desk,
      ['init'],
      told(
        'RELEASE_UNKNOWN',
        /^more\/webchat:stable not found on 127\.0\.0\.1:\d+\.$/,
        /--release TAG/,
      ),
    );
    expect(error.faults).toEqual([]);
  });

  it('is a token that has expired meanwhile', async () => {
    await open({ tokenLifetimeMs: 0 });
    await mustFail(
      desk,
      ['init'],
      told(
        'REGISTRY_DENIED',
        /repositories could not be resolved|token has expired/,
        /Run the command again/,
      ),
    );
  });
});

const manifests = { role: 'registry', path: /\/manifests\// } as const;
const blobs = { role: 's3' } as const;
const fails: [string, Fault, Told][] = [
  [
    'a manifest with one bit turned',
    { kind: 'wrong-digest', match: { ...manifests, path: /proto\/postgres\/manifests/ } },
    told('REGISTRY_ANSWER_INVALID', /proto\/postgres:stable does not match its digest/, /./),
  ],
  [
    'a manifest without end',
    { kind: 'endless', match: manifests },
    told('REGISTRY_ANSWER_INVALID', /exceeds the limit of \d+ bytes/, /./),
  ],
  [
    'a captive portal instead of the registry',
    { kind: 'html', match: manifests },
    told('REGISTRY_ANSWER_INVALID', /is not a registry \(200, text\/html/, /captive portal/),
  ],
  [
    'JSON that is not a manifest',
    { kind: 'wrong-json', match: manifests },
    told('REGISTRY_ANSWER_INVALID', /is not a manifest|does not match its digest/, /./),
  ],
  [
    'a registry that is out of order',
    { kind: 'status', status: 503, match: manifests },
    told('SERVICE_UNAVAILABLE', /reported a server error \(503\)/, /Wait a few minutes/),
  ],
  [
    'a registry that cuts every connection',
    { kind: 'reset', match: manifests },
    told('NETWORK_UNREACHABLE', /closed the connection unexpectedly/, /firewall/),
  ],
  [
    'a storage that is out of order',
    { kind: 'status', status: 503, match: blobs },
    told('SERVICE_UNAVAILABLE', /reported a server error \(503\)/, /Wait a few minutes/),
  ],
  [
    'a storage that is a captive portal',
    { kind: 'html', match: blobs },
    told('REGISTRY_ANSWER_INVALID', /is not a registry \(200, text\/html/, /captive portal/),
  ],
  [
    'a download with one bit turned',
    { kind: 'wrong-digest', match: blobs },
    told('REGISTRY_ANSWER_INVALID', /does not match its digest/, /captive portal/),
  ],
  [
    'a download without end',
    { kind: 'endless', match: blobs },
    told('REGISTRY_ANSWER_INVALID', /is longer than expected/, /captive portal/),
  ],
  [
    'a storage behind a host that cannot be resolved',
    {
      kind: 'redirect',
      location: 'http://nonexistent.invalid/x',
      match: { role: 'registry', path: /\/blobs\// },
    },
    told('NETWORK_DNS', /nonexistent\.invalid/, /DNS|resolvectl/),
  ],
];

describe('a registry that misbehaves', () => {
  beforeEach(() => open());

  it.each(fails)('with %s is reported as that', async (_what, fault, expected) => {
    registry.faults.add(fault);
    await mustFail(desk, ['init'], expected);
    registry.faults.clear();
    expect((await desk.run('init')).code).toBe(0);
  });

  it.each<[string, Fault]>([
    ['429 and 503', { kind: 'status', status: 429, times: 2, match: manifests }],
    ['cut connections', { kind: 'reset', times: 2, match: manifests }],
    ['downloads that break', { kind: 'cut', afterBytes: 100, times: 3, match: blobs }],
    [
      'a storage out of order for a moment',
      { kind: 'status', status: 503, times: 2, match: blobs },
    ],
  ])('is asked again after %s, and the installation is whole', async (_what, fault) => {
    registry.faults.add(fault);
    const { code, stderr } = await desk.run('init');
    expect(code, stderr).toBe(0);
    expect(registry.requests.some((request) => request.fault === fault.kind)).toBe(true);
  });
});
