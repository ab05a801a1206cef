import * as z from 'zod';
import { UserError } from '../errors.ts';

/**
 * Parses docker's JSON output. Only the required keys are read: docker has more, and each version adds some.
 */

/** `docker compose config --format json` (Compose specification). */
const ComposeConfig = z.object({
  name: z.string(),
  services: z
    .record(
      z.string(),
      z.object({
        image: z.string().nullish(),
        build: z.unknown().optional(),
        scale: z.number().nullish(),
        deploy: z.object({ replicas: z.number().nullish() }).nullish(),
        volumes: z
          .array(
            z.object({
              type: z.string(),
              source: z.string().nullish(),
              target: z.string(),
              read_only: z.boolean().nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .default({}),
  volumes: z
    .record(
      z.string(),
      z.object({
        name: z.string(),
        external: z.boolean().nullish(),
        driver: z.string().nullish(),
        driver_opts: z.record(z.string(), z.unknown()).nullish(),
        labels: z.record(z.string(), z.coerce.string()).nullish(),
      }),
    )
    .nullish(),
});

/** A service as Compose understands the files. */
export interface ComposeService {
  readonly service: string;
  /** Absent for an operator's own service that is built locally. */
  readonly image?: string;
  /** The service has no containers: `scale: 0`. */
  readonly idle?: true;
}

/** A volume of the platform, and where a service has it. */
export interface ComposeVolume {
  /** Its key in the file. */
  readonly key: string;
  /** Its name in the engine. */
  readonly name: string;
  readonly service: string;
  readonly target: string;
  /** Compose does not create it, or creates it with settings for a driver, which may contain a password. */
  readonly special: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ComposeModel {
  /** The name of the Compose project. */
  readonly project: string;
  readonly services: readonly ComposeService[];
  readonly volumes: readonly ComposeVolume[];
  /** Absolute paths of the host that a service can write to. */
  readonly writable: readonly { readonly service: string; readonly path: string }[];
}

export function parseComposeModel(text: string): ComposeModel {
  const { name, services, volumes } = answer(text, ComposeConfig, 'docker compose config');
  return {
    project: name,
    services: Object.entries(services).map(([service, { image, build, scale, deploy }]) => ({
      service,
      ...(image && (build ?? null) === null && { image }),
      ...((scale ?? deploy?.replicas) === 0 && { idle: true as const }),
    })),
    volumes: namedVolumes({ services, volumes }),
    writable: Object.entries(services).flatMap(([service, { volumes: mounts }]) =>
      (mounts ?? []).flatMap(({ type, source, read_only }) =>
        type === 'bind' && source && read_only !== true ? [{ service, path: source }] : [],
      ),
    ),
  };
}

/** The volumes alone. @throws UserError DOCKER_FAILED */
export function parseComposeVolumes(text: string): ComposeVolume[] {
  return namedVolumes(answer(text, ComposeConfig.omit({ name: true }), 'docker compose config'));
}

function namedVolumes({
  services,
  volumes,
}: Omit<z.infer<typeof ComposeConfig>, 'name'>): ComposeVolume[] {
  return Object.entries(services).flatMap(([service, { volumes: mounts }]) =>
    (mounts ?? []).flatMap(({ type, source, target }) => {
      const volume = volumes?.[source ?? ''];
      if (type !== 'volume' || !source || volume === undefined) return [];
      const { name, external, driver, driver_opts, labels } = volume;
      const special = external === true || Boolean(driver ?? driver_opts);
      return [{ key: source, name, service, target, special, labels: labels ?? {} }];
    }),
  );
}

/** The names of the services that should run. */
export function busyServices({ services }: ComposeModel): string[] {
  return services.filter(({ idle }) => !idle).map(({ service }) => service);
}

const Binding = z.object({ HostIp: z.string(), HostPort: z.string() });

/** One run of a health check. */
const Probe = z.object({ ExitCode: z.number(), Output: z.string() });

/** `docker container inspect` (docs.docker.com/engine/api, ContainerInspect). */
const Container = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  RestartCount: z.number().default(0),
  State: z.object({
    Status: z.string(),
    ExitCode: z.number(),
    OOMKilled: z.boolean().default(false),
    StartedAt: z.string(),
    Health: z.object({ Status: z.string(), Log: z.array(Probe).nullish() }).nullish(),
  }),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
  HostConfig: z.object({
    RestartPolicy: z.object({ Name: z.string() }).nullish(),
  }),
  Created: z.string().default(''),
  Mounts: z
    .array(
      z.object({
        Type: z.string(),
        Name: z.string().nullish(),
        Source: z.string().nullish(),
        Destination: z.string(),
      }),
    )
    .nullish(),
  NetworkSettings: z.object({
    Ports: z.record(z.string(), z.array(Binding).nullable()).nullish(),
  }),
});

export interface ServiceContainer {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** The Compose project. */
  readonly project: string;
  /** Id of the image that it was created from, `sha256:…`. */
  readonly image: string;
  /** `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`. */
  readonly state: string;
  readonly health: 'starting' | 'healthy' | 'unhealthy' | 'no check';
  /** What the last run of the health check printed, if it failed. */
  readonly healthOutput?: string;
  readonly exitCode: number;
  /** Killed by the kernel for lack of memory. */
  readonly outOfMemory: boolean;
  readonly restarts: number;
  /** The engine restarts it whenever it ends. */
  readonly restartsByItself: boolean;
  /** RFC 3339. */
  readonly createdAt: string;
  /** The named volumes that it has, and where. */
  readonly volumes: readonly { readonly name: string; readonly target: string }[];
  /** The files and folders of the host that it has, as absolute paths, and where. */
  readonly files: readonly { readonly source: string; readonly target: string }[];
  /** RFC 3339; year 1 for a container that never ran. */
  readonly startedAt: string;
  readonly ports: readonly PublishedPort[];
  /** The folder of the Compose file that it was created from, as seen by the user who ran the command. */
  readonly workingDir?: string;
  /** The hash of its settings in those files. Compose creates a container again if it differs. */
  readonly configHash: string;
  /** The Compose files that it was created from, absolute paths. */
  readonly composeFiles: readonly string[];
}

/** A port of the host that leads to one of a container. */
export interface PublishedPort {
  readonly address: string;
  readonly port: number;
  /** With its protocol: `8080/tcp`. */
  readonly containerPort: string;
}

const label = (name: string) => `com.docker.compose.${name}`;

/** The containers of services, sorted by service name. Containers from `docker compose run` are excluded. */
export function parseContainers(text: string): ServiceContainer[] {
  const containers = answer(text, z.array(Container), 'docker container inspect');
  return containers
    .filter(({ Config }) => Config.Labels?.[label('oneoff')] !== 'True')
    .map((container) => ({
      id: container.Id,
      name: container.Name.replace(/^\//, ''),
      service: container.Config.Labels?.[label('service')] ?? container.Name,
      project: container.Config.Labels?.[label('project')] ?? '',
      image: container.Image,
      state: container.State.Status,
      health: healthOf(container.State.Health?.Status),
      ...healthOutputOf(container.State.Health?.Log?.at(-1)),
      exitCode: container.State.ExitCode,
      outOfMemory: container.State.OOMKilled,
      restarts: container.RestartCount,
      restartsByItself: !['', 'no'].includes(container.HostConfig.RestartPolicy?.Name ?? ''),
      startedAt: container.State.StartedAt,
      createdAt: container.Created,
      volumes: volumesIn(container.Mounts ?? []),
      files: (container.Mounts ?? []).flatMap(({ Type, Source, Destination }) =>
        Type === 'bind' && Source ? [{ source: Source, target: Destination }] : [],
      ),
      ports: portsOf(container.NetworkSettings.Ports ?? {}),
      ...workingDirOf(container.Config.Labels ?? {}),
      configHash: container.Config.Labels?.[label('config-hash')] ?? '',
      composeFiles: (container.Config.Labels?.[label('project.config_files')] ?? '').split(','),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Docker gives a volume without a name one of 64 hex digits. Such a volume does not outlive its container. */
function volumesIn(
  mounts: NonNullable<z.infer<typeof Container>['Mounts']>,
): { name: string; target: string }[] {
  return mounts.flatMap(({ Type, Name, Destination }) =>
    Type === 'volume' && Name && !/^[0-9a-f]{64}$/.test(Name)
      ? [{ name: Name, target: Destination }]
      : [],
  );
}

function workingDirOf(labels: Readonly<Record<string, string>>): { workingDir?: string } {
  const workingDir = labels[label('project.working_dir')];
  return workingDir === undefined ? {} : { workingDir };
}

function healthOf(status: string | undefined): ServiceContainer['health'] {
  // The engine reports `none` for a disabled health check.
  return status === 'starting' || status === 'healthy' || status === 'unhealthy'
    ? status
    : 'no check';
}

function healthOutputOf(last: z.infer<typeof Probe> | undefined): { healthOutput?: string } {
  const failed = last !== undefined && last.ExitCode !== 0 && last.Output.trim() !== '';
  return failed ? { healthOutput: last.Output } : {};
}

function portsOf(
  ports: Readonly<Record<string, z.infer<typeof Binding>[] | null>>,
): PublishedPort[] {
  return Object.entries(ports).flatMap(([containerPort, bindings]) =>
    (bindings ?? []).map(({ HostIp, HostPort }) => ({
      address: HostIp,
      port: Number(HostPort),
      containerPort,
    })),
  );
}

const Image = z.object({
  Id: z.string(),
  RepoDigests: z.array(z.string()).nullish(),
  Size: z.number().default(0),
});

export interface HostImage {
  /** `sha256:…` */
  readonly id: string;
  /** All its names: `registry/repository@sha256:…`. */
  readonly digests: readonly string[];
  readonly bytes: number;
}

/** `docker image inspect`. */
export function parseImages(text: string): HostImage[] {
  const images = answer(text, z.array(Image), 'docker image inspect');
  return images.map(({ Id, RepoDigests, Size }) => ({
    id: Id,
    digests: RepoDigests ?? [],
    bytes: Size,
  }));
}

const Stats = z.object({ ID: z.string(), MemUsage: z.string() });

export interface Memory {
  readonly bytes: number;
  /** Its memory limit. */
  readonly limit: number;
}

/** `docker stats --no-stream --no-trunc --format json`: by container id. Stopped containers are absent. */
export function parseMemory(text: string): Map<string, Memory> {
  const memory = new Map<string, Memory>();
  for (const { ID, MemUsage } of jsonLines(text, Stats, 'docker stats')) {
    const [bytes, limit] = MemUsage.split(' / ').map(parseSize);
    if (bytes !== undefined && limit !== undefined && limit > 0) memory.set(ID, { bytes, limit });
  }
  return memory;
}

const DiskUsage = z.object({
  Volumes: z.array(z.object({ Name: z.string(), Size: z.string() })).nullish(),
});

/** `docker system df --verbose --format json`: bytes of every volume by name; unknown sizes are absent. */
export function parseVolumeSizes(text: string): Map<string, number> {
  const sizes = (answer(text, DiskUsage, 'docker system df').Volumes ?? []).flatMap(
    ({ Name, Size }) => {
      const bytes = parseSize(Size);
      return bytes === undefined ? [] : [[Name, bytes] as const];
    },
  );
  return new Map(sizes);
}

const Volume = z.object({
  Name: z.string(),
  CreatedAt: z.string().nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
});

export interface EngineVolume {
  /** RFC 3339, in seconds. Some volume drivers do not say it. */
  readonly createdAt?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** `docker volume inspect`, by name. */
export function parseVolumes(text: string): Map<string, EngineVolume> {
  const volumes = answer(text, z.array(Volume), 'docker volume inspect');
  return new Map(
    volumes.map(({ Name, CreatedAt, Labels }) => [
      Name,
      { ...(CreatedAt && { createdAt: CreatedAt }), labels: Labels ?? {} },
    ]),
  );
}

/** `docker volume ls` and `docker network ls` with `--format json`. */
export function parseNames(text: string): string[] {
  return jsonLines(text, z.object({ Name: z.string() }), 'docker volume ls and network ls')
    .map(({ Name }) => Name)
    .sort();
}

/** @throws UserError DOCKER_FAILED if docker, an external program, prints something unexpected */
function answer<T>(text: string, schema: z.ZodType<T>, what: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError(
      'DOCKER_FAILED',
      `${what} printed output that proto-scaffold does not recognize.`,
      {
        hint: 'Run it yourself to see its output. `docker --version` must be 24.0.0 or later.',
        cause,
      },
    );
  }
}

/** One JSON object per line. Some versions of Compose print one array instead. */
function jsonLines<T>(text: string, schema: z.ZodType<T>, what: string): T[] {
  if (text.trimStart().startsWith('[')) return answer(text, z.array(schema), what);
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => answer(line, schema, what));
}

/** docker's units (github.com/docker/go-units): powers of 1000 for disks, of 1024 for memory. */
const powers: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/** Bytes of `47.44MB` or `7.375MiB`; `undefined` for `N/A`, `--` and similar. */
export function parseSize(text: string): number | undefined {
  const [, number = '', prefix = '', binary] =
    /^([\d.]+)\s*([kmgtp]?)(i?)b$/i.exec(text.trim()) ?? [];
  const power = powers[prefix.toLowerCase()];
  if (number === '' || power === undefined) return undefined;
  return Math.round(Number(number) * (binary ? 1024 : 1000) ** power);
}
