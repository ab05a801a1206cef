import type { Command } from '../lib/process/process.ts';
import { docker } from './docker.ts';

/** What is asked of `docker compose`, to be run in backend/, and of docker about its containers. */

/**
 * Starts all that does not run as the files say. Nothing is pulled or built: what is missing has been fetched by
 * then, with a login of ours.
 */
export function composeUp(): Command {
  return compose('up', '--detach', '--no-build', '--pull', 'never');
}

export function composeRestart(services: readonly string[]): Command {
  return compose('restart', ...services);
}

/** The files as Compose understands them, the operator's override with them; asks no engine. */
export function composeConfig(): Command {
  return compose('config', '--format', 'json');
}

export interface LogOptions {
  readonly services: readonly string[];
  readonly follow: boolean;
  /** A time or a duration, as docker takes it: `10m`, `2026-11-26T02:00:00`. */
  readonly since?: string;
  /** The number of lines, or `all`. */
  readonly tail?: string;
}

export function composeLogs({ services, follow, since, tail }: LogOptions): Command {
  return compose(
    'logs',
    ...(follow ? ['--follow'] : []),
    // One word with its value: a value that begins with a dash is no option then.
    ...(since === undefined ? [] : [`--since=${since}`]),
    ...(tail === undefined ? [] : [`--tail=${tail}`]),
    '--',
    ...services,
  );
}

/** The end of a service's log, both of its streams in the order in which they came. */
export function composeLogTail(service: string, lines: number): Command {
  return compose('logs', '--no-color', '--no-log-prefix', `--tail=${lines}`, '--', service);
}

/**
 * Runs a program in a service's container.
 * @param terminal without one, `-T`: stdin and stdout are passed through as they are
 */
export function composeExec(service: string, terminal: boolean, argv: readonly string[]): Command {
  return compose('exec', ...(terminal ? [] : ['-T']), service, ...argv);
}

/** psql as the vendor's page says (`psql -U postgres -d platform`). */
export function psql(
  { service, user, name }: { service: string; user: string; name: string },
  terminal: boolean,
  args: readonly string[],
): Command {
  return composeExec(service, terminal, ['psql', '-U', user, '-d', name, ...args]);
}

/** Every container of a Compose project, stopped ones too; one id a line. */
export function projectContainers(project: string): Command {
  return docker('ps', '--all', '--quiet', '--no-trunc', ...ofProject(project));
}

/** One JSON array. Fails where one of them is gone by now, and prints the others. */
export function inspectContainers(ids: readonly string[]): Command {
  return docker('container', 'inspect', ...ids);
}

/** One JSON array of those that are there; fails where one is not. */
export function inspectImages(images: readonly string[]): Command {
  return docker('image', 'inspect', ...images);
}

/** Memory in use, a JSON object a line. Takes two seconds: docker measures twice. */
export function containerStats(ids: readonly string[]): Command {
  return docker('stats', '--no-stream', '--no-trunc', '--format', 'json', ...ids);
}

/** Sizes of every volume, by walking through them. */
export function diskUsage(): Command {
  return docker('system', 'df', '--verbose', '--format', 'json');
}

/** `json`: a JSON object a line. */
export function projectVolumes(project: string): Command {
  return docker('volume', 'ls', '--format', 'json', ...ofProject(project));
}

export function projectNetworks(project: string): Command {
  return docker('network', 'ls', '--format', 'json', ...ofProject(project));
}

export function stopContainers(ids: readonly string[]): Command {
  return docker('stop', ...ids);
}

export function removeContainers(ids: readonly string[]): Command {
  return docker('container', 'rm', '--force', ...ids);
}

export function removeNetworks(names: readonly string[]): Command {
  return docker('network', 'rm', ...names);
}

export function removeVolumes(names: readonly string[]): Command {
  return docker('volume', 'rm', ...names);
}

function ofProject(project: string): string[] {
  return ['--filter', `label=com.docker.compose.project=${project}`];
}

function compose(...args: string[]): Command {
  return docker('compose', ...args);
}
