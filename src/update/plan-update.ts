import { foreignNetworksIn, publishedIn } from '../compose/compose-text.ts';
import { type FileOutcome, type FileSides, mergeFile, withNote } from '../compose/merge-file.ts';
import { usedFiles } from '../compose/mounted-files.ts';
import { type OverrideFile, servicesOfOverride } from '../compose/override.ts';
import { type ServiceChange, serviceChanges } from '../compose/service-changes.ts';
import { reachOfServices, type Variables } from '../compose/service-reach.ts';
import { type Config, readConfig } from '../config/parameters.ts';
import { UserError } from '../errors.ts';
import { imageReference, wantedArtifacts } from '../installation/installation.ts';
import { identityOf, type Lock, type PinnedArtifact } from '../installation/lock.ts';
import type { FileChange, HostAction, Plan } from '../installation/plan.ts';
import type { KeyChange, OnConflict } from '../merge/result.ts';
import { renderNginx } from '../nginx/render-nginx.ts';
import { presentSite } from '../nginx/site.ts';
import { mergeSite, type Reaches, upstreamsFor } from '../nginx/site-ports.ts';
import { composeFile, nginxFile } from '../release/layout.ts';
import { type TemplateSet, templatesFor } from '../release/release.ts';
import { renderInstallation, type Unset, unsetPlaceholders } from '../render/render.ts';
import { Secret } from '../secret.ts';
import { tomlDottedKey } from '../toml/literal.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { siteValues } from '../values/site-values.ts';
import { presentValues } from './plan-values.ts';

export interface UpdateInput {
  /** Absolute path. */
  readonly installation: string;
  readonly lock: Lock;
  /** The last original render, by path. */
  readonly base: ReadonlyMap<string, string>;
  /** The files on the disk, by path. Deleted files are absent. */
  readonly current: ReadonlyMap<string, string>;
  /** The group for an installation whose containers are in group 0. */
  readonly group?: number;
  readonly override: OverrideFile | undefined;
  /** The variables that the Compose files can use. */
  readonly variables?: Variables;
  readonly templates: TemplateSet;
  /** What the lock file says of a release object. */
  readonly object?: Pick<Lock['release'], 'digest' | 'sequence'> | undefined;
  /** The tag to follow. */
  readonly tag: string;
  readonly registry: string;
  readonly namespace: string;
  /** By repository; with --offline, from the lock file. */
  readonly pinned: ReadonlyMap<string, PinnedArtifact>;
  readonly onConflict: OnConflict;
  /** The platform's containers are running. */
  readonly running: boolean;
  /** Files only: no image is pulled, and nothing is stopped. */
  readonly withoutEngine: boolean;
  /** The path of the backup to create first, if any. */
  readonly backup?: string;
  /** Generates a random secret for a placeholder that is new in the release. */
  readonly random: () => string;
}

/** An image or static bundle before and after the update. One is absent if the artifact was added or removed. */
export interface ArtifactChange {
  /** The service, or the bundle. */
  readonly name: string;
  readonly kind: 'image' | 'bundle';
  readonly before?: PinnedArtifact;
  readonly after?: PinnedArtifact;
}

export interface UpdatePlan {
  readonly plan: Plan;
  /** The installed release. */
  readonly before: Lock['release'];
  readonly outcomes: readonly FileOutcome[];
  /** What changes for the containers, besides their images. */
  readonly services: readonly ServiceChange[];
  readonly artifacts: readonly ArtifactChange[];
  readonly lock: Omit<Lock, 'formatVersion' | 'program' | 'appliedAt' | 'appliedBy' | 'files'>;
  /** The merge base of the next update, by path. */
  readonly base: ReadonlyMap<string, string>;
  /** Every image of the release, pinned. */
  readonly images: readonly string[];
  readonly conflicts: readonly { readonly file: string; readonly change: KeyChange }[];
  /** New mandatory values of this release that are not set. They block the next start. */
  readonly newlyMandatory: readonly Unset[];
  readonly nothingNew: boolean;
}

/**
 * Computes the plan of `update`.
 * @throws UserError TEMPLATES_INVALID; OVERRIDE_SERVICE_GONE if the override file uses a removed
 *   service; COMPOSE_UNREADABLE if docker-compose.yml cannot be read
 */
export function planUpdate(input: UpdateInput): UpdatePlan {
  const { lock, templates } = input;
  const artifacts = pinArtifacts(input);
  const group = lock.group === 0 ? (input.group ?? 0) : lock.group;
  const conf = input.current.get(nginxFile);
  const values = siteValues(templates, input.current);
  const site = presentSite(input.installation, values, conf, input.base.get(nginxFile));
  const rendered = renderInstallation({
    templates,
    hosting: lock.hosting,
    valueFor: presentValues(input),
    images: artifacts.references,
    identity: identityOf(lock),
    foreignNetworks: foreignNetworksIn(input.override?.text ?? ''),
    published: new Set(
      [input.current.get(composeFile) ?? '', input.override?.text ?? ''].flatMap(publishedIn),
    ),
    project: lock.project,
    group,
    site,
  });
  const incoming = new Map(rendered.map(({ path, content }) => [path, content.reveal()]));
  const sidesOf = (path: string) => ({
    path,
    base: input.base.get(path),
    current: input.current.get(path),
    incoming: incoming.get(path),
  });
  const compose = mergeFile(sidesOf(composeFile), templates.release, input.onConflict);
  const known = {
    release: templatesFor(templates, lock.hosting).release,
    hosting: lock.hosting,
    reaches: reachAfter(input, compose),
  };
  const upstreams = upstreamsFor(known.release, known.hosting, known.reaches, conf);
  const siteText = renderNginx({ ...known, site: { ...site, upstreams } });
  if (siteText !== undefined) incoming.set(nginxFile, siteText);
  const paths = [...new Set([...input.base.keys(), ...incoming.keys()])].sort();
  const used = filesInUse(input, compose);
  const outcomes = paths.map((path) => {
    if (path === composeFile) return compose;
    if (used.has(path) && !incoming.has(path)) return keptInUse(sidesOf(path));
    return path === nginxFile
      ? mergeSite(sidesOf(path), known, input.onConflict)
      : mergeFile(sidesOf(path), templates.release, input.onConflict);
  });
  const after = textsAfter(input, outcomes);
  rejectBrokenCompose(outcomes);
  rejectLostOverride(input, after);
  // A conflict copy that already exists from an earlier update is not written again. A deleted file has no new content.
  const files = outcomes
    .flatMap(fileChanges)
    .filter(
      ({ kind, path, content }) =>
        kind === 'delete' || input.current.get(path) !== content.reveal(),
    );
  const changes = artifactChanges(lock, artifacts.lock);
  const release = { tag: input.tag, version: templates.release.release, ...input.object };
  const sameRelease =
    release.tag === lock.release.tag &&
    release.version === lock.release.version &&
    release.digest === lock.release.digest &&
    input.registry === lock.registry;
  return {
    plan: {
      command: 'update',
      installation: input.installation,
      actions: actionsFor(input, changes, [...artifacts.references.values()]),
      files,
    },
    before: lock.release,
    outcomes,
    services: serviceChanges({
      before: input.current.get(composeFile) ?? '',
      after: after.get(composeFile) ?? '',
      override: input.override,
      ofRelease: new Set(Object.keys(known.release.services)),
    }),
    artifacts: changes,
    lock: {
      customer: lock.customer,
      hosting: lock.hosting,
      release,
      registry: input.registry,
      namespace: input.namespace,
      installation: identityOf(lock),
      project: lock.project,
      group,
      ...artifacts.lock,
    },
    base: new Map(
      outcomes.flatMap(({ path, base }) => (base === undefined ? [] : [[path, base] as const])),
    ),
    images: [...new Set(artifacts.references.values())],
    conflicts: outcomes.flatMap(({ path, changes: keys }) =>
      keys.filter(({ kind }) => kind === 'conflict').map((change) => ({ file: path, change })),
    ),
    newlyMandatory: newlyMandatory(input, after),
    nothingNew: sameRelease && files.length === 0 && changes.length === 0,
  };
}

/** The parameters as they will be after the plan is applied. */
export function configAfter(
  { templates, current }: UpdateInput,
  { base, outcomes }: UpdatePlan,
): Config {
  const after = textsAfter({ current }, outcomes);
  return readConfig({ templates, base, current: after });
}

/**
 * docker-compose.yml after the plan is applied, if the operator has a part in the platform's services: in this file, or by
 * an override.
 */
export function ownCompose(
  { current, override }: Pick<UpdateInput, 'current' | 'override'>,
  { base, outcomes }: UpdatePlan,
): string | undefined {
  const text = textsAfter({ current }, outcomes).get(composeFile);
  return override === undefined && text === base.get(composeFile) ? undefined : text;
}

/** The files that services use after the plan is applied, also those that the release dropped and the operator keeps. */
function filesInUse(input: UpdateInput, compose: FileOutcome): Set<string> {
  const { current, override, installation } = input;
  const own = compose.text ?? current.get(composeFile) ?? '';
  const texts = [own, ...(override === undefined ? [] : [override.text])];
  return new Set(texts.flatMap((text) => usedFiles(text, installation)));
}

/** A file of a service that the release dropped, and docker-compose.yml still has. It stays one of the platform. */
function keptInUse({ path, base, current }: FileSides): FileOutcome {
  const note = 'is no longer part of the release, but is kept because a service still uses it';
  return {
    path,
    kind: 'keep',
    changes: [],
    ...(base !== undefined && current !== undefined && { base, note }),
  };
}

/** How the services are reached after the plan is applied. */
function reachAfter({ current, override, variables }: UpdateInput, compose: FileOutcome): Reaches {
  const own = compose.text ?? current.get(composeFile) ?? '';
  return reachOfServices([own, ...(override === undefined ? [] : [override.text])], variables);
}

/** The texts of all files after the plan is applied. */
function textsAfter(
  { current }: Pick<UpdateInput, 'current'>,
  outcomes: readonly FileOutcome[],
): ReadonlyMap<string, string> {
  const after = new Map(current);
  for (const { path, kind, text } of outcomes) {
    if (kind === 'delete') after.delete(path);
    else if (text !== undefined) after.set(path, text);
  }
  return after;
}

function fileChanges({ path, kind, text, conflictCopy }: FileOutcome): FileChange[] {
  if (conflictCopy !== undefined) {
    return [{ kind: 'create', path: conflictCopyPath(path), content: new Secret(conflictCopy) }];
  }
  if (kind === 'delete') return [{ kind, path, content: new Secret('') }];
  return text === undefined ? [] : [{ kind, path, content: new Secret(text) }];
}

/** The path of the new render if it could not be merged. */
export function conflictCopyPath(path: string): string {
  return `${path}.new`;
}

interface PinnedArtifacts {
  readonly references: ReadonlyMap<string, string>;
  readonly lock: Pick<Lock, 'images' | 'bundles'>;
}

function pinArtifacts({
  lock,
  templates,
  pinned,
  registry,
  namespace,
}: UpdateInput): PinnedArtifacts {
  const references = new Map<string, string>();
  const locked: Pick<Lock, 'images' | 'bundles'> = { images: {}, bundles: {} };
  for (const { repository, use } of wantedArtifacts(templates.release, lock.hosting, namespace)) {
    const artifact = pinned.get(repository);
    if (artifact === undefined) {
      throw new UserError(
        'OFFLINE_NOT_ENOUGH',
        `The release contains ${repository}, which is new for this installation.`,
      );
    }
    if (use.kind === 'image') {
      references.set(use.service, imageReference(registry, artifact));
      locked.images[use.service] = artifact;
    } else {
      locked.bundles[use.name] = { ...artifact, folder: use.folder };
    }
  }
  return { references, lock: locked };
}

function artifactChanges(before: Lock, after: Pick<Lock, 'images' | 'bundles'>): ArtifactChange[] {
  const compare = (
    kind: 'image' | 'bundle',
    old: Record<string, PinnedArtifact>,
    now: Record<string, PinnedArtifact>,
  ): ArtifactChange[] =>
    [...new Set([...Object.keys(old), ...Object.keys(now)])]
      .filter((name) => old[name]?.digest !== now[name]?.digest)
      .map((name) => ({
        name,
        kind,
        ...(old[name] && { before: old[name] }),
        ...(now[name] && { after: now[name] }),
      }));
  return [
    ...compare('image', before.images, after.images),
    ...compare('bundle', before.bundles, after.bundles),
  ];
}

function actionsFor(
  { registry, running, withoutEngine, backup }: UpdateInput,
  changes: readonly ArtifactChange[],
  images: readonly string[],
): HostAction[] {
  const fetched = changes.filter(({ kind, after }) => kind === 'bundle' && after !== undefined);
  const pulls =
    !withoutEngine && changes.some(({ kind, after }) => kind === 'image' && after !== undefined);
  return [
    ...(backup === undefined ? [] : [{ kind: 'backup' as const, file: backup }]),
    ...(pulls ? [{ kind: 'registry-login' as const, registry }] : []),
    ...fetched.map(({ name, after }) => ({
      kind: 'fetch-bundle' as const,
      repository: after?.repository ?? name,
      folder: (after as { folder?: string } | undefined)?.folder ?? name,
    })),
    ...(pulls ? [{ kind: 'pull' as const, images: [...new Set(images)] }] : []),
    ...(running ? [{ kind: 'stop' as const }] : []),
  ];
}

function rejectBrokenCompose(outcomes: readonly FileOutcome[]): void {
  const compose = outcomes.find(({ path }) => path === composeFile);
  if (compose?.kind !== 'conflict') return;
  throw new UserError('COMPOSE_UNREADABLE', `${withNote(composeFile, compose.note ?? '')}.`);
}

function rejectLostOverride(input: UpdateInput, after: ReadonlyMap<string, string>): void {
  if (input.override === undefined) return;
  const { name, text } = input.override;
  const gone = servicesOfOverride(text, input.current.get(composeFile), after.get(composeFile));
  if (gone.length === 0) return;
  throw new UserError(
    'OVERRIDE_SERVICE_GONE',
    `${name} still uses ${gone.map(({ service }) => service).join(', ')}, which this release no longer contains.`,
    {
      faults: gone.map(({ service, line }) => ({
        file: `backend/${name}`,
        line,
        key: `services.${service}`,
        message: 'is not a service of the new release',
      })),
    },
  );
}

/** Values that were not required before, and are not set after the update. */
function newlyMandatory(input: UpdateInput, after: ReadonlyMap<string, string>): Unset[] {
  const { templates, current } = input;
  // A value that the update does not change is unset before and after it.
  const changed = [...after.keys()].filter((path) => after.get(path) !== current.get(path));
  if (changed.length === 0) return [];
  const values = new Map(siteValues(templates, after));
  const unsetIn = (texts: ReadonlyMap<string, string>) =>
    unsetPlaceholders(
      changed
        .map((path) => [path, texts.get(path) ?? ''] as const)
        .filter(([path, text]) => path.endsWith('.toml') && parseToml(text).ok)
        .map(([path, text]) => ({ path, content: new Secret(text) })),
      templates.release,
      values,
    ).filter(({ mandatory }) => mandatory);
  const before = new Set(unsetIn(current).map(({ file, key }) => `${file} ${key}`));
  return unsetIn(after).filter(({ file, key }) => !before.has(`${file} ${key}`));
}

/** For --on-conflict=stop. @throws UserError CONFLICT with every place that both sides changed */
export function rejectConflicts({ conflicts }: UpdatePlan): void {
  if (conflicts.length === 0) return;
  throw new UserError(
    'CONFLICT',
    'You and the release both changed the keys below. Nothing was changed.',
    {
      faults: conflicts.map(({ file, change }) => ({
        file,
        ...(change.line !== undefined && { line: change.line }),
        key: tomlDottedKey(change.path.map(String)),
        message: 'was changed by you and by the release',
      })),
    },
  );
}
