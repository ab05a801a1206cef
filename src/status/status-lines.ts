import { duration, formatBytes, formatMemory, table } from '../lib/terminal/words.ts';
import { releaseLabel } from '../release/release-name.ts';
import type { PlatformStatus, ServiceStatus } from './platform-status.ts';

/** The status of a platform as text. */
export function statusLines(status: PlatformStatus): string[] {
  const { installation, release, appliedAt, appliedBy } = status;
  return [
    `${installation}: release ${releaseLabel(release)}, since ${shortTime(appliedAt)} (${appliedBy})`,
    summary(status),
    ...status.problems,
    '',
    ...table([
      ['service', 'state', 'up', 'memory', 'ports', 'image'],
      ...status.services.map(serviceRow),
    ]),
    '',
    ...table([
      ...signature(status),
      ['volumes', volumes(status)],
      ['images', images(status)],
      ['login', login(status)],
      ...(status.certificate === null ? [] : [['certificate', certificate(status.certificate)]]),
      ['backup', backup(status)],
      ...ignored(status),
    ]),
  ];
}

function signature({ release: { digest, signedBy } }: PlatformStatus): string[][] {
  if (digest === undefined) return [];
  return [['signature', signedBy === undefined ? 'not verified' : `by the key ${signedBy}`]];
}

function summary({ engine, healthy, services }: PlatformStatus): string {
  if (!engine)
    return 'It is unknown whether the platform is running: the Docker Engine could not be asked.';
  if (healthy) return 'The platform is running and healthy.';
  if (services.every(({ startedAt }) => startedAt === null)) {
    return 'The platform is not running. To start it: proto-scaffold start';
  }
  const bad = services.filter(({ standing }) => standing !== 'ready');
  return `Not healthy: ${bad.map(({ service, state }) => `${service} (${state})`).join(', ')}.`;
}

function serviceRow(row: ServiceStatus): string[] {
  const { service, state, uptimeSeconds, restarts, memoryBytes, memoryLimitBytes, ports } = row;
  const again = restarts !== null && restarts > 0 ? `, ${restarts} restarts` : '';
  const most = memoryLimitBytes === null ? '' : ` of ${formatMemory(memoryLimitBytes)}`;
  return [
    service,
    state,
    uptimeSeconds === null ? '-' : `${duration(uptimeSeconds)}${again}`,
    memoryBytes === null ? '-' : `${formatMemory(memoryBytes)}${most}`,
    ports.map(({ address, port }) => `${address}:${port}`).join(' ') || '-',
    describeImage(row),
  ];
}

function describeImage({ digest, asLocked }: ServiceStatus): string {
  if (digest === null) return 'your own';
  if (asLocked === null) return '-';
  return asLocked ? 'as locked' : 'DIFFERS FROM lock.json';
}

function volumes({ engine, volumes: found }: PlatformStatus): string {
  if (!engine) return 'unknown';
  if (found.length === 0) return 'none yet';
  const size = (bytes: number | null) => (bytes === null ? 'unknown size' : formatBytes(bytes));
  return found.map(({ name, bytes }) => `${name} ${size(bytes)}`).join(', ');
}

function images({ images: found }: PlatformStatus): string {
  if (found === null) return 'unknown';
  const { onHost, missing, bytes } = found;
  const all = `${onHost} of this release on the host, ${formatBytes(bytes)}`;
  return missing === 0 ? all : `${all}; ${missing} missing (start pulls them)`;
}

function login({ login: { kind, registry, secondsLeft } }: PlatformStatus): string {
  switch (kind) {
    case 'none':
      return `not logged in to ${registry}. To log in: proto-scaffold login`;
    case 'helper':
      return 'new login for every pull';
    case 'elsewhere':
      return 'stored by another credential helper';
    case 'token':
      if (secondsLeft === null) return `to ${registry}, unknown expiry`;
      if (secondsLeft <= 0) return `to ${registry} has expired. To log in: proto-scaffold login`;
      return `to ${registry}, ${duration(secondsLeft)} left`;
  }
}

function certificate({
  file,
  validTo,
  daysLeft,
  problem,
}: NonNullable<PlatformStatus['certificate']>): string {
  if (validTo === null || daysLeft === null) return `${file}: ${problem}`;
  const day = validTo.slice(0, 10);
  if (daysLeft < 0) return `${file} HAS EXPIRED on ${day}`;
  const chain = problem === null ? '' : `. ${problem}`;
  return `${file}, ${daysLeft} days left (${day})${chain}`;
}

function ignored({ ignored: reasons }: PlatformStatus): string[][] {
  const all = Object.entries(reasons).map(([id, reason]) => `${id} (${reason})`);
  return all.length === 0 ? [] : [['ignored', all.join(', ')]];
}

function backup({ backup: last }: PlatformStatus): string {
  if (last === null) return 'none';
  return `${shortTime(last.createdAt)}, release ${last.release}, ${formatBytes(last.bytes)}: ${last.file}`;
}

/** `2026-11-22 21:40 UTC` of `2026-11-22T21:40:09.123Z`. */
function shortTime(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}
