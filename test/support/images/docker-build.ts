import { fileURLToPath } from 'node:url';
import { docker } from '../engine/docker.ts';

export interface Build {
  readonly reference: string;
  /** The folder that is sent to the engine. */
  readonly context: string;
  readonly file: string;
  readonly args: Readonly<Record<string, string>>;
}

/** @returns the path of ./docker/NAME.Dockerfile */
export function dockerfile(name: 'layer' | 'service' | 'postgres'): string {
  return fileURLToPath(new URL(`docker/${name}.Dockerfile`, import.meta.url));
}

/**
 * `docker build` by the engine's own builder, as Debian's packages have no other.
 * @returns the image's id, `sha256:…`
 */
export async function dockerBuild({ reference, context, file, args }: Build): Promise<string> {
  const buildArgs = Object.entries(args).flatMap(([key, value]) => [
    '--build-arg',
    `${key}=${value}`,
  ]);
  return docker(['build', '--quiet', '--tag', reference, '--file', file, ...buildArgs, context], {
    env: { DOCKER_BUILDKIT: '0' },
  });
}
