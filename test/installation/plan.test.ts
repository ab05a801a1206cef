import { describe, expect, it } from 'vitest';
import example from '../../proto_credentials.example.json' with { type: 'json' };
import { type InitInput, planInit, withRandoms } from '../../src/init/plan-init.ts';
import { expectedRegistry, imageReference } from '../../src/installation/installation.ts';
import { planData, planLines } from '../../src/installation/plan.ts';
import { parseCredentials } from '../../src/registry/credentials.ts';
import { revealValue } from '../../src/values/values.ts';
import { readTemplateSet } from '../support/template-set.ts';

const templates = readTemplateSet();
const credentials = parseCredentials(JSON.stringify(example), 'proto_credentials.json');
const canary = 'canary-51b8';
const repositories = [
  'platform',
  'chatbot',
  'msgrouter-ws',
  'postgres',
  'bucket',
  'web-app',
  'webchat',
];

const input: InitInput = {
  installation: '/srv/Proto 2',
  identity: '6f1c9a52-0000-4000-8000-000000000001',
  project: 'proto-2',
  templates,
  credentials,
  tag: 'stable',
  values: withRandoms(templates, new Map(), () => canary),
  registry: expectedRegistry(credentials.aws),
  pinned: new Map(),
  group: 1000,
  pull: false,
};
const pinned = new Map(
  repositories.map((name, index) => {
    const digest = `sha256:${String(index).padStart(64, '0')}`;
    return [`proto/${name}`, { repository: `proto/${name}`, tag: 'stable', digest }] as const;
  }),
);

describe('the plan of init', () => {
  it('reads as lines: what is done outside, then each file', () => {
    expect(planLines(planInit({ ...input, pinned, pull: true }).plan)).toEqual([
      'Plan for /srv/Proto 2',
      '  > log Docker in to 123456789012.dkr.ecr.ap-southeast-1.amazonaws.com',
      '  > download proto/web-app to frontend/',
      '  > download proto/webchat to webchat/',
      '  > pull 5 images',
      '  + .proto.schema.json',
      '  + backend/config/.bucket.schema.json',
      '  + backend/config/.chatbot.schema.json',
      '  + backend/config/.msgrouter_ws.schema.json',
      '  + backend/config/.platform.schema.json',
      '  + backend/config/bucket.toml',
      '  + backend/config/chatbot.toml',
      '  + backend/config/msgrouter_ws.toml',
      '  + backend/config/platform.toml',
      '  + backend/docker-compose.yml',
      '  + backend/secrets/postgres_password',
      '  + nginx/proto.conf',
      '  + proto.toml',
    ]);
  });

  it('names the repositories that it would resolve, before they are resolved', () => {
    const { plan } = planInit(input);
    expect(plan.actions[0]).toEqual({
      kind: 'resolve',
      repositories: repositories.map((name) => `proto/${name}`),
      tag: 'stable',
    });
    expect(planLines(plan)[1]).toBe('  > resolve 7 repositories at stable to digests');
  });

  it('has no content and no secret in its data', () => {
    const { plan } = planInit(input);
    expect(JSON.stringify(plan)).not.toContain(canary);
    expect(planData(plan)).toMatchObject({
      command: 'init',
      installation: '/srv/Proto 2',
      files: plan.files.map(({ path }) => ({ kind: 'create', path })),
    });
    expect(plan.files.some(({ content }) => content.reveal().includes(canary))).toBe(true);
  });

  it('pins every image and bundle in the compose file and the lock', () => {
    const { plan, lock } = planInit({ ...input, pinned });
    expect(Object.keys(lock.images)).toEqual([
      'platform',
      'chatbot',
      'msgrouter_ws',
      'postgres',
      'bucket',
    ]);
    expect(lock.bundles['web-app']).toMatchObject({
      repository: 'proto/web-app',
      folder: 'frontend',
    });
    expect(lock).toMatchObject({
      project: 'proto-2',
      release: { tag: 'stable', version: '2026.11.0' },
    });
    const compose = plan.files.find(({ path }) => path === 'backend/docker-compose.yml');
    for (const { repository, tag, digest } of Object.values(lock.images)) {
      expect(compose?.content.reveal()).toContain(
        `${lock.registry}/${repository}:${tag}@${digest}`,
      );
    }
  });

  it('is the same for the same input, and leaves the input as it was', () => {
    const frozen = Object.freeze({ ...input });
    const contents = () => planInit(frozen).plan.files.map(({ content }) => content.reveal());
    expect(contents()).toEqual(contents());
  });
});

describe('withRandoms', () => {
  it('makes one secret for each random placeholder, and none that is there', () => {
    let made = 0;
    const values = withRandoms(
      templates,
      new Map([['YOUR_RANDOM_SECRET_KEY_2', 'mine']]),
      () => `r${++made}`,
    );
    expect([...values].map(([name, value]) => `${name.at(-1)}=${revealValue(value)}`)).toEqual([
      '2=mine',
      '1=r1',
      '3=r2',
      '4=r3',
      '5=r4',
    ]);
  });
});

describe('names in the registry', () => {
  it.each([
    ['ap-southeast-1', '123456789012.dkr.ecr.ap-southeast-1.amazonaws.com'],
    ['cn-north-1', '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn'],
  ])('follow the rule of AWS for %s', (region, registry) => {
    expect(expectedRegistry({ ...credentials.aws, region })).toBe(registry);
  });

  it('have the digest only where it is known', () => {
    const artifact = { repository: 'proto/platform', tag: 'stable' };
    expect(imageReference('r', artifact)).toBe('r/proto/platform:stable');
    expect(imageReference('r', { ...artifact, digest: 'sha256:1' })).toBe(
      'r/proto/platform:stable@sha256:1',
    );
  });
});
