import { copyFile, mkdtemp, rm } from 'node:fs/promises';

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { docker } from '../engine/docker.ts';
import { dockerBuild, dockerfile } from './docker-build.ts';
import { buildParents } from './parents.ts';
import { postgresHome } from './postgres-programs.ts';
import { nodeServices, type Repository, repositories } from './services.ts';

export interface ImageOptions {
  /** `host:port` of the registry that the images are named after. */
  readonly registryHost: string;
  readonly namespace: string;
  /** The tag, such as `stable`. */
  readonly tag: string;
  /** What the image's label `org.opencontainers.image.version` says; another one, another digest. */
  readonly version: string;
  /** All of them by default. */
  readonly services?: readonly Repository[];
  /** These run, but never listen: they do not become healthy. */
  readonly broken?: readonly Repository[];
}

export interface BuiltImage {
  readonly repository: Repository;
  /** `registryHost/namespace/repository:tag` */
  readonly reference: string;
  /** `sha256:…`, as the engine knows it. */
  readonly id: string;
}

/** Builds the stand-ins with the engine that `DOCKER_HOST` names. Nothing is pulled or pushed. */
export async function buildImages(options: ImageOptions): Promise<readonly BuiltImage[]> {
  await buildParents();
  const context = await mkdtemp(join(tmpdir(), 'proto-test-services-'));
  try {
    await layServices(context);
    const built = [];
    for (const repository of options.services ?? repositories) {
      built.push(await buildImage(repository, context, options));
    }
    return built;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/**
 * Pushes to the registry in the images' names, with the login that the docker client has.
 * @returns for each repository the digest of its manifest, `sha256:…`
 */
export async function pushImages(
  images: readonly BuiltImage[],
): Promise<ReadonlyMap<Repository, string>> {
  // At once: the engine compresses anew for every repository, one core each.
  return new Map(await Promise.all(images.map(pushImage)));
}

async function pushImage({ repository, reference }: BuiltImage): Promise<[Repository, string]> {
  const said = await docker(['push', reference]);
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(said)?.[1];
  if (digest === undefined) throw new Error(`docker push ${reference} named no digest:\n${said}`);
  return [repository, digest];
}

/** The services' programs, one file each, and the entrypoint of PostgreSQL. */
async function layServices(context: string): Promise<void> {
  const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const programs = new Set(Object.values(nodeServices).map(({ program }) => program));
  await bundle({
    entryPoints: [...programs].map((program) => source(`services/${program}.ts`)),
    outdir: context,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  await copyFile(source('docker/postgres-entrypoint.sh'), join(context, 'postgres-entrypoint.sh'));
}

async function buildImage(
  repository: Repository,
  context: string,
  { registryHost, namespace, tag, version, broken = [] }: ImageOptions,
): Promise<BuiltImage> {
  const reference = `${registryHost}/${namespace}/${repository}:${tag}`;
  const common = { version, broken: String(broken.includes(repository)) };
  const id = await dockerBuild(
    repository === 'postgres'
      ? {
          reference,
          context,
          file: dockerfile('postgres'),
          args: { ...common, path: `${await postgresHome()}/bin:/usr/local/bin:/bin` },
        }
      : {
          reference,
          context,
          file: dockerfile('service'),
          args: { ...common, ...nodeServices[repository], service: repository },
        },
  );
  return { repository, reference, id };
}
