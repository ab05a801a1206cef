import type { AwsCredentials } from '../registry/credentials.ts';
import type { Hosting } from '../release/hosting.ts';
import { bundlesOf, type Release, servicesOf } from '../release/release.ts';
import { compareVersions } from '../release/release-order.ts';
import type { PinnedArtifact } from './lock.ts';

/** An artifact of the release: its repository and its purpose. */
export interface WantedArtifact {
  /** `<namespace>/<name>` */
  readonly repository: string;
  readonly use:
    | { readonly kind: 'image'; readonly service: string }
    | { readonly kind: 'bundle'; readonly name: string; readonly folder: string };
}

/** Every image and static bundle that this kind of hosting needs, in the release description's order. */
export function wantedArtifacts(
  release: Release,
  hosting: Hosting,
  namespace: string,
): WantedArtifact[] {
  return [
    ...servicesOf(release, hosting).map(([service, { repository }]) => ({
      repository: `${namespace}/${repository}`,
      use: { kind: 'image' as const, service },
    })),
    ...bundlesOf(release, hosting).map(([name, { folder }]) => ({
      repository: `${namespace}/${name}`,
      use: { kind: 'bundle' as const, name, folder },
    })),
  ];
}

/** `registry/namespace/name:tag@sha256:…`, without the tag or the digest if there is none yet. */
export function imageReference(
  registry: string,
  { repository, tag, digest }: Pick<PinnedArtifact, 'repository' | 'tag'> & { digest?: string },
): string {
  const [named, pinned] = [tag && `:${tag}`, digest && `@${digest}`];
  return `${registry}/${repository}${named ?? ''}${pinned ?? ''}`;
}

/** The images of a release by repository, to compare with another. */
export type Versions = Readonly<
  Record<string, { readonly digest: string; readonly version?: string | undefined }>
>;

/** A repository of two releases, with its versions. */
export interface VersionPair {
  readonly repository: string;
  readonly ours: string;
  readonly theirs: string;
}

export interface Comparison {
  readonly differ: boolean;
  /** Where ours is older. */
  readonly older: readonly VersionPair[];
  /** One of ours is newer. */
  readonly isNewer: boolean;
  /** Versions without an order. */
  readonly unclear: readonly VersionPair[];
}

/** Compares the images that are in both releases. */
export function compareImages(ours: Versions, theirs: Versions): Comparison {
  const shared = Object.entries(ours).flatMap(([repository, own]) => {
    const other = theirs[repository];
    return other === undefined ? [] : [{ repository, own, other }];
  });
  const pairs = shared.flatMap(({ repository, own, other }) => {
    const [a, b] = [own.version, other.version];
    if (a === undefined || b === undefined || a === b) return [];
    return [{ pair: { repository, ours: a, theirs: b }, order: compareVersions(a, b) }];
  });
  const where = (is: (order: number | undefined) => boolean) =>
    pairs.filter(({ order }) => is(order)).map(({ pair }) => pair);
  return {
    differ: shared.some(({ own, other }) => own.digest !== other.digest),
    older: where((order) => order !== undefined && order < 0),
    isNewer: where((order) => order !== undefined && order > 0).length > 0,
    unclear: where((order) => order === undefined),
  };
}

/** The registry host according to AWS's naming rule. The response of ECR (`proxyEndpoint`) takes precedence. */
export function expectedRegistry({ accountId, region }: AwsCredentials): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `${accountId}.dkr.ecr.${region}.${suffix}`;
}
