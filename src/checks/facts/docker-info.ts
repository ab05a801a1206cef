import * as z from 'zod';
import { type Probed, refused } from '../../lib/process/probed.ts';

/** What `docker info --format '{{json .}}'` tells: of the command, of its plugins, of the engine. */
export interface DockerFacts {
  /** Of the docker command; a CLI before 23.0 does not tell it here. */
  readonly client?: string;
  /** Of the plugin `docker compose`; absent where there is none. */
  readonly compose?: string;
  /** Why no engine answered is in the words of docker. */
  readonly engine: Probed<EngineFacts>;
}

export interface EngineFacts {
  readonly version: string;
  /** DockerRootDir: where it keeps images and volumes. */
  readonly root: string;
  /** `overlay2`, `vfs` … */
  readonly storageDriver: string;
}

const Info = z.object({
  ServerVersion: z.string().default(''),
  DockerRootDir: z.string().default(''),
  Driver: z.string().default(''),
  ServerErrors: z.array(z.string()).nullish(),
  ClientInfo: z
    .object({
      Version: z.string().optional(),
      Plugins: z.array(z.object({ Name: z.string(), Version: z.string().optional() })).nullish(),
    })
    .default({}),
});

/**
 * @param stdout one JSON document; docker prints it where no engine answers, too
 * @param stderr docker says there why not (CLI 25 and later; older ones have it in ServerErrors)
 * @returns `undefined` where it is none
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
  const { ServerVersion, DockerRootDir, Driver, ServerErrors, ClientInfo } = parsed.data;
  const compose = ClientInfo.Plugins?.find(({ Name }) => Name === 'compose')?.Version;
  return {
    ...(ClientInfo.Version && { client: ClientInfo.Version }),
    ...(compose && { compose }),
    engine:
      ServerVersion === ''
        ? refused(ServerErrors?.join(' ') || stderr || 'no engine answered')
        : {
            kind: 'known',
            value: { version: ServerVersion, root: DockerRootDir, storageDriver: Driver },
          },
  };
}
