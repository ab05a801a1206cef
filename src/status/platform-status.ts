import type { HostImage, Memory, PublishedPort } from '../compose/docker-answers.ts';
import type { VolumeSize } from '../compose/platform.ts';
import type { ServiceState, Standing } from '../compose/service-health.ts';
import type { Lock } from '../installation/lock.ts';
import type { StoredLogin } from '../registry/stored-login.ts';
import type { CertificateStatus } from '../tls/certificate.ts';

/** The status of the platform as data. `null` means unknown or absent. All times are RFC 3339, UTC. */
export interface PlatformStatus {
  readonly installation: string;
  /** `signedBy` is the fingerprint of the key that its signature was verified with. */
  readonly release: Lock['release'] & { readonly signedBy?: string };
  readonly appliedAt: string;
  readonly appliedBy: string;
  /** The Compose project. */
  readonly project: string;
  /** Whether a Docker Engine responds. Without one, it is unknown what is running. */
  readonly engine: boolean;
  /** All services are healthy. */
  readonly healthy: boolean;
  readonly services: readonly ServiceStatus[];
  /** What keeps the folder from using its containers and data, as sentences. */
  readonly problems: readonly string[];
  readonly images: ImagesStatus | null;
  readonly volumes: readonly VolumeSize[];
  readonly login: LoginStatus;
  readonly certificate: CertificateStatus | null;
  readonly backup: BackupStatus | null;
  /** The findings that proto.toml accepts: why, by id of the check. */
  readonly ignored: Readonly<Record<string, string>>;
}

export interface ServiceStatus {
  readonly service: string;
  readonly standing: Standing;
  readonly state: string;
  readonly startedAt: string | null;
  readonly uptimeSeconds: number | null;
  readonly restarts: number | null;
  readonly memoryBytes: number | null;
  readonly memoryLimitBytes: number | null;
  readonly ports: readonly PublishedPort[];
  /** The digest pinned in lock.json. A service added by the operator has none. */
  readonly digest: string | null;
  /** Whether the service runs that image. */
  readonly asLocked: boolean | null;
}

/** The images pinned in lock.json. */
export interface ImagesStatus {
  readonly onHost: number;
  readonly missing: number;
  /** Shared layers are counted for each image. */
  readonly bytes: number;
}

export interface LoginStatus {
  readonly registry: string;
  readonly kind: StoredLogin['kind'];
  readonly expiresAt: string | null;
  readonly secondsLeft: number | null;
}

export interface BackupStatus {
  readonly file: string;
  readonly createdAt: string;
  readonly bytes: number;
  readonly release: string;
}

export interface RunningFacts {
  readonly lock: Lock;
  /** By container id. */
  readonly memory: ReadonlyMap<string, Memory>;
  /** Of running containers. */
  readonly images: readonly HostImage[];
  /** Seconds since the start, by container id. */
  readonly uptime: ReadonlyMap<string, number>;
}

export function serviceStatus(
  { service, standing, state, containers }: ServiceState,
  { lock, memory, images, uptime }: RunningFacts,
): ServiceStatus {
  const running = containers.filter((container) => container.state === 'running');
  const [first] = running;
  const used = running.flatMap(({ id }) => memory.get(id) ?? []);
  const sum = (numbers: readonly number[]) =>
    numbers.length === 0 ? null : numbers.reduce((total, each) => total + each);
  const pinned = Object.hasOwn(lock.images, service) ? lock.images[service] : undefined;
  const wanted = pinned && `${lock.registry}/${pinned.repository}@${pinned.digest}`;
  const asLocked = running.map(({ image }) => {
    const found = images.find(({ id }) => id === image);
    return found === undefined || wanted === undefined ? null : found.digests.includes(wanted);
  });
  return {
    service,
    standing,
    state,
    startedAt: first?.startedAt ?? null,
    uptimeSeconds: first === undefined ? null : (uptime.get(first.id) ?? null),
    restarts: sum(containers.map(({ restarts }) => restarts)),
    memoryBytes: sum(used.map(({ bytes }) => bytes)),
    memoryLimitBytes: sum(used.map(({ limit }) => limit)),
    ports: running.flatMap(({ ports }) => ports),
    digest: pinned?.digest ?? null,
    asLocked:
      asLocked.length === 0 ? null : asLocked.includes(false) ? false : (asLocked[0] ?? null),
  };
}
