import { fileURLToPath } from 'node:url';
import { planInit, withRandoms } from '../../src/init/plan-init.ts';
import { wantedArtifacts } from '../../src/installation/installation.ts';
import type { Lock, PinnedArtifact } from '../../src/installation/lock.ts';
import type { Hosting } from '../../src/release/hosting.ts';
import { type TemplateSet, templatesFor } from '../../src/release/release.ts';
import { planUpdate, type UpdateInput, type UpdatePlan } from '../../src/update/plan-update.ts';
import { withDefaults } from '../../src/values/values.ts';
import { readTemplateSet } from './template-set.ts';

/** Releases in a row, and installations of them in memory. */

export const releases = ['2026.9.0', '2026.10.0', '2026.11.0', '2026.12.0', '2027.1.0'] as const;
export type ReleaseName = (typeof releases)[number];

export function releaseFolder(name: ReleaseName): string {
  const path = name === '2026.11.0' ? '../../templates' : `../releases/${name}`;
  return fileURLToPath(new URL(path, import.meta.url));
}

export function release(name: ReleaseName): TemplateSet {
  return readTemplateSet(releaseFolder(name));
}

const registry = '123456789012.dkr.ecr.ap-southeast-1.amazonaws.com';

/** An installation in memory: what lies on the disk, and what the program knows of it. */
export interface Installed {
  readonly lock: Lock;
  readonly base: ReadonlyMap<string, string>;
  readonly current: ReadonlyMap<string, string>;
}

export function installed(
  name: ReleaseName,
  values: Record<string, string> = {},
  hosting: Hosting = 'on-premise',
): Installed {
  const templates = templatesFor(release(name), hosting);
  const { plan, lock } = planInit({
    installation: '/srv/proto',
    identity: 'proto',
    project: 'proto',
    templates,
    credentials: {
      customer: 'example-bank',
      hosting,
      aws: undefined as never,
      namespace: 'proto',
      release: 'stable',
      trust: [],
    },
    tag: 'stable',
    values: withRandoms(
      templates,
      withDefaults(templates.release, new Map(Object.entries(values))),
      counter(`random-of-${name}`),
    ),
    registry,
    pinned: pinnedFor(templates, hosting),
    group: 1000,
    pull: false,
  });
  const base = new Map(plan.files.map(({ path, content }) => [path, content.reveal()]));
  const stamped = { formatVersion: 1, program: '0', appliedAt: '', appliedBy: 'init', files: {} };
  return { lock: { ...stamped, ...lock } as Lock, base, current: new Map(base) };
}

/** The plan of an update of `from`, and what lies there after it. */
export function updated(
  from: Installed,
  to: ReleaseName,
  change: Partial<UpdateInput> = {},
): UpdatePlan & { readonly after: Installed } {
  const { hosting } = from.lock;
  const templates = templatesFor(release(to), hosting);
  const computed = planUpdate({
    installation: '/srv/proto',
    ...from,
    override: undefined,
    templates,
    tag: 'stable',
    registry,
    namespace: 'proto',
    pinned: pinnedFor(templates, hosting),
    onConflict: 'ours',
    running: false,
    withoutEngine: false,
    random: counter(`random-of-${to}`),
    ...change,
  });
  const current = new Map(from.current);
  for (const { path, kind, text } of computed.outcomes) {
    if (kind === 'delete') current.delete(path);
    else if (text !== undefined) current.set(path, text);
  }
  const lock = { ...from.lock, ...computed.lock };
  return { ...computed, after: { lock, base: computed.base, current } };
}

/** The same installation after an edit by hand. */
export function edited(
  from: Installed,
  path: string,
  change: (text: string) => string | undefined,
): Installed {
  const current = new Map(from.current);
  const before = from.current.get(path) ?? '';
  const text = change(before);
  if (text === before) throw new Error(`the edit of ${path} changes nothing`);
  if (text === undefined) current.delete(path);
  else current.set(path, text);
  return { ...from, current };
}

/** A digest that every release and repository has of its own. */
function pinnedFor({ release }: TemplateSet, hosting: Hosting): Map<string, PinnedArtifact> {
  return new Map(
    wantedArtifacts(release, hosting, 'proto').map(({ repository }) => {
      const seed = `${repository}${release.release}`;
      const hex = [...seed].map((c) => c.charCodeAt(0).toString(16)).join('');
      const digest = `sha256:${hex.padEnd(64, '0').slice(0, 64)}`;
      return [repository, { repository, tag: 'stable', digest, version: release.release }];
    }),
  );
}

function counter(prefix: string): () => string {
  let made = 0;
  return () => `${prefix}-${++made}`;
}
