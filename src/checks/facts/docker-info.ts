import * as z from 'zod';
import type { EnginePlace } from '../../compose/docker-failures.ts';
import { type Probed, refused } from '../../lib/process/probed.ts';

/** The output of `docker info --format '{{json .}}'` about the command, its plugins and the engine. */
export interface DockerFacts {
  /** The version of the docker command. A CLI before 23.0 does not report it here. */
  readonly client?: string;
  /** The version of the `docker compose` plugin; absent if it is not installed. */
  readonly compose?: string;
  /** If no engine responded, the error message of docker. */
  readonly engine: Probed<EngineFacts>;
  /** Where docker looks for the engine; absent for the usual place. */
  readonly place?: EnginePlace;
}

export interface EngineFacts {
  readonly version: string;
  /** DockerRootDir: where the engine stores images and volumes. */
  readonly root: string;
  /** `overlay2`, `vfs` … */
  readonly storageDriver: string;
  /** SecurityOptions, by name: `seccomp`, `userns`, `rootless` … */
  readonly security: readonly string[];
}

/** Go writes null for what it does not have. */
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const Info = z.object({
  ServerVersion: text,
  DockerRootDir: text,
  Driver: text,
  SecurityOptions: z.array(z.string()).nullish(),
  ServerErrors: z.array(z.string()).nullish(),
  ClientInfo: z
    .object({
      Version: z.string().nullish(),
      Plugins: z.array(z.object({ Name: z.string(), Version: z.string().nullish() })).nullish(),
    })
    .nullish(),
});

/**
 * @param stdout one JSON document; docker also prints it if no engine responds
 * @param stderr the reason why no engine responded (CLI 25 and later; older versions use ServerErrors)
 * @returns `undefined` if stdout is not such a document
 */
export function parseDockerInfo(stdout: string, stderr: string): DockerFacts | undefined {
  let data: unknown;
  try {
    data = JSON.parse(stdout);
  } catch {
    return undefined;
  }
  const parsed = Info.safeParse(data);
  if (!parsed.success) return undefined;
  const { ServerVersion, DockerRootDir, Driver, SecurityOptions, ServerErrors, ClientInfo } =
    parsed.data;
  // `name=seccomp,profile=builtin`
  const security = (SecurityOptions ?? []).map((each) => /^name=([^,]*)/.exec(each)?.[1] ?? each);
  const compose = ClientInfo?.Plugins?.find(({ Name }) => Name === 'compose')?.Version;
  return {
    ...(ClientInfo?.Version && { client: ClientInfo.Version }),
    ...(compose && { compose }),
    engine:
      ServerVersion === ''
        ? refused(ServerErrors?.join(' ') || stderr || 'no engine responded')
        : {
            kind: 'known',
            value: { version: ServerVersion, root: DockerRootDir, storageDriver: Driver, security },
          },
  };
}
