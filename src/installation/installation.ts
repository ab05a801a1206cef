import type { AwsCredentials } from '../registry/credentials.ts';
import type { Hosting } from '../release/hosting.ts';
import { bundlesOf, type Release, servicesOf } from '../release/release.ts';
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

/** `registry/namespace/name:tag@sha256:…`, or without the digest if it is not known yet. */
export function imageReference(
  registry: string,
  { repository, tag, digest }: Pick<PinnedArtifact, 'repository' | 'tag'> & { digest?: string },
): string {
  return `${registry}/${repository}:${tag}${digest === undefined ? '' : `@${digest}`}`;
}

/** The registry host according to AWS's naming rule. The response of ECR (`proxyEndpoint`) takes precedence. */
export function expectedRegistry({ accountId, region }: AwsCredentials): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `${accountId}.dkr.ecr.${region}.${suffix}`;
}
