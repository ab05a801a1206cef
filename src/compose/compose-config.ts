import * as z from 'zod';

/** The parts of `docker compose config --format json` that concern a service's data. */

const words = z.array(z.string()).nullish();

const Service = z.object({
  /** Absent for a service that is built locally. */
  image: z.string().nullish(),
  entrypoint: words,
  command: words,
  user: z.string().nullish(),
  userns_mode: z.string().nullish(),
  shm_size: z.union([z.string(), z.number()]).nullish(),
  environment: z.record(z.string(), z.string().nullable()).nullish(),
  group_add: z.array(z.union([z.string(), z.number()])).nullish(),
  secrets: z.array(z.object({ source: z.string(), target: z.string().optional() })).nullish(),
  tmpfs: z.union([z.string(), z.array(z.string())]).nullish(),
  volumes: z
    .array(z.object({ type: z.string(), source: z.string().optional(), target: z.string() }))
    .nullish(),
});

const Config = z.object({
  /** The operator's own services may have anything. */
  services: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.object({ name: z.string().nullish() })).nullish(),
  secrets: z.record(z.string(), z.object({ file: z.string().optional() })).nullish(),
});
export type ComposeConfig = z.infer<typeof Config>;

/** A volume of a service, or the folder that the operator uses instead. */
export interface DataPlace {
  /** The volume's name in the release description. */
  readonly volume: string;
  readonly kind: Mount['kind'];
  /** The volume's name in the engine, or a path of the host. */
  readonly source: string;
  /** Its path in the container. */
  readonly target: string;
}

export interface DataService {
  readonly service: string;
  readonly image: string;
  readonly places: readonly DataPlace[];
  /** Overrides of the image's own settings by the operator. */
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly user: string | undefined;
  /** `host`: the user ids are those of the host, also if the engine maps them. */
  readonly userns: string | undefined;
  readonly sharedMemory: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly groups: readonly string[];
  readonly secrets: readonly Mount[];
  /** Files of the host that its command reads. */
  readonly files: readonly Mount[];
  /** tmpfs folders. */
  readonly tmpfs: readonly string[];
}

/** @returns `undefined` if docker printed something else */
export function parseComposeConfig(text: string): ComposeConfig | undefined {
  try {
    // Docker doubles every dollar sign, as required in a Compose file.
    const plain = (_key: string, value: unknown) =>
      typeof value === 'string' ? value.replaceAll('$$', () => '$') : value;
    return Config.parse(JSON.parse(text, plain));
  } catch {
    return undefined;
  }
}

/** A service as it would run now; `undefined` if it does not exist, or has another form. */
export function serviceIn(config: ComposeConfig, service: string) {
  return Service.safeParse(config.services[service]).data;
}

/**
 * A service with the locations of its data, as it would run now.
 * @param volumes the release's paths of the service's volumes, by name
 * @returns `undefined` if the service does not exist, or has something else instead of a volume
 */
export function dataServiceOf(
  config: ComposeConfig,
  service: string,
  volumes: Readonly<Record<string, string>>,
): DataService | undefined {
  const found = serviceIn(config, service);
  if (!found?.image) return undefined;
  const places = Object.entries(volumes).map(([volume, target]) =>
    placeOf(config, found, volume, target),
  );
  if (places.some((place) => place === undefined)) return undefined;
  const environment = Object.entries(found.environment ?? {});
  return {
    service,
    image: found.image,
    places: places.filter((place) => place !== undefined),
    entrypoint: found.entrypoint ?? undefined,
    command: found.command ?? undefined,
    user: found.user ?? undefined,
    userns: found.userns_mode || undefined,
    sharedMemory: found.shm_size == null ? undefined : String(found.shm_size),
    environment: Object.fromEntries(
      environment.filter((entry): entry is [string, string] => entry[1] !== null),
    ),
    groups: (found.group_add ?? []).map(String),
    files: (found.volumes ?? []).flatMap(({ type, source, target }) =>
      type === 'bind' && source !== undefined && !places.some((place) => place?.target === target)
        ? [{ kind: 'bind' as const, source, target, readOnly: true }]
        : [],
    ),
    tmpfs: [found.tmpfs ?? []].flat(),
    secrets: (found.secrets ?? []).flatMap(({ source, target = source }) => {
      const file = config.secrets?.[source]?.file;
      const at = target.startsWith('/') ? target : `/run/secrets/${target}`;
      return file === undefined
        ? []
        : [{ kind: 'bind' as const, source: file, target: at, readOnly: true }];
    }),
  };
}

function placeOf(
  config: ComposeConfig,
  service: z.infer<typeof Service>,
  volume: string,
  target: string,
): DataPlace | undefined {
  // Another release may mount the same volume at another path.
  const mount =
    service.volumes?.find((candidate) => candidate.target === target) ??
    service.volumes?.find(({ type, source }) => type === 'volume' && source === volume);
  if (mount?.source === undefined) return undefined;
  const at = { volume, target: mount.target };
  if (mount.type === 'bind') return { ...at, kind: 'bind', source: mount.source };
  if (mount.type !== 'volume') return undefined;
  const source = config.volumes?.[mount.source]?.name;
  return source == null ? undefined : { ...at, kind: 'volume', source };
}

export interface Mount {
  readonly kind: 'volume' | 'bind';
  /** The volume's name in the engine, or a path of the host. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}
