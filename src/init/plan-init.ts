import { imageReference, wantedArtifacts } from '../installation/installation.ts';
import type { Lock, PinnedArtifact } from '../installation/lock.ts';
import type { Plan } from '../installation/plan.ts';
import type { NginxAbilities } from '../nginx/nginx.ts';
import { siteOf } from '../nginx/site.ts';
import type { Credentials } from '../registry/credentials.ts';
import type { TemplateSet } from '../release/release.ts';
import { everywhere, renderInstallation, type Unset, unsetPlaceholders } from '../render/render.ts';
import { Secret } from '../secret.ts';
import type { Values } from '../values/values.ts';

export interface InitInput {
  /** Absolute path. */
  readonly installation: string;
  /** The identity of the new installation. */
  readonly identity: string;
  /** The Compose project. */
  readonly project: string;
  readonly templates: TemplateSet;
  /** What the lock file says of a release object. */
  readonly object?: Pick<Lock['release'], 'digest' | 'sequence'> | undefined;
  readonly credentials: Credentials;
  /** The tag to follow. */
  readonly tag: string;
  /** Values of all known placeholders, including the random ones. */
  readonly values: Values;
  /** Host (and port) of the registry. */
  readonly registry: string;
  /** By repository; empty in a dry run, which contacts no registry. */
  readonly pinned: ReadonlyMap<string, PinnedArtifact>;
  readonly group: number;
  readonly pull: boolean;
  /** What nginx can do on this host. */
  readonly abilities?: NginxAbilities;
}

/** What `init` will do, and the content of its lock file (except the time and the hashes). */
export interface InitPlan {
  readonly plan: Plan;
  readonly lock: Omit<Lock, 'formatVersion' | 'program' | 'appliedAt' | 'appliedBy' | 'files'>;
  readonly bundles: readonly {
    readonly name: string;
    readonly folder: string;
    readonly repository: string;
  }[];
  readonly images: readonly string[];
  readonly unset: readonly Unset[];
}

/** Computes the plan of `init`. @throws UserError TEMPLATES_INVALID */
export function planInit(input: InitInput): InitPlan {
  const { templates, credentials, registry, tag } = input;
  const { hosting, namespace } = credentials;
  const images = new Map<string, string>();
  const locked: Pick<Lock, 'images' | 'bundles'> = { images: {}, bundles: {} };
  const bundles: InitPlan['bundles'][number][] = [];
  const wanted = wantedArtifacts(templates.release, hosting, namespace);
  for (const { repository, use } of wanted) {
    const pinned = input.pinned.get(repository);
    if (use.kind === 'image') {
      images.set(use.service, imageReference(registry, pinned ?? { repository, tag }));
      if (pinned !== undefined) locked.images[use.service] = pinned;
    } else {
      bundles.push({ name: use.name, folder: use.folder, repository });
      if (pinned !== undefined) locked.bundles[use.name] = { ...pinned, folder: use.folder };
    }
  }
  const files = renderInstallation({
    ...input,
    hosting,
    images,
    valueFor: everywhere(input.values),
    site: { ...siteOf(input.installation, input.values), nginx: input.abilities },
  });
  const repositories = [...new Set(wanted.map(({ repository }) => repository))];
  return {
    plan: {
      command: 'init',
      installation: input.installation,
      actions: [
        ...(input.pinned.size === 0 ? [{ kind: 'resolve' as const, repositories, tag }] : []),
        { kind: 'registry-login', registry },
        ...bundles.map(({ repository, folder }) => ({
          kind: 'fetch-bundle' as const,
          repository,
          folder,
        })),
        ...(input.pull ? [{ kind: 'pull' as const, images: [...new Set(images.values())] }] : []),
      ],
      files: files.map((file) => ({ kind: 'create', ...file })),
    },
    lock: {
      customer: credentials.customer,
      hosting,
      release: { tag, version: templates.release.release, ...input.object },
      registry,
      namespace,
      installation: input.identity,
      project: input.project,
      group: input.group,
      ...locked,
    },
    bundles,
    images: [...new Set(images.values())],
    unset: unsetPlaceholders(files, templates.release, input.values, new Set(input.values.keys())),
  };
}

/** The values with every random secret that the release needs, each from one call of `make`. */
export function withRandoms(templates: TemplateSet, values: Values, make: () => string): Values {
  const complete = new Map(values);
  for (const [name, description] of Object.entries(templates.release.values)) {
    if (description.random && !complete.has(name)) complete.set(name, new Secret(make()));
  }
  return complete;
}
