import type { Command } from '../lib/process/process.ts';
import { type ComposeProject, compose, docker } from './docker.ts';

/** Commands of `docker compose`, and of docker for its containers. */

/**
 * Starts everything that does not run according to the files. Nothing is pulled or built: missing images were already
 * pulled, with our own login.
 */
export function composeUp(project: ComposeProject): Command {
  return compose(project, 'up', '--detach', '--no-build', '--pull', 'never');
}

export function composeRestart(project: ComposeProject, services: readonly string[]): Command {
  return compose(project, 'restart', ...services);
}

/** The files as Compose understands them, including the operator's override. Does not contact an engine. */
export function composeConfig(project: ComposeProject): Command {
  return compose(project, 'config', '--format', 'json');
}

/** The same, with another docker-compose.yml from stdin. */
export function composeConfigOf(project: ComposeProject): Command {
  return composeConfig({ ...project, files: ['-', ...project.files.slice(1)] });
}

/** A line for each service: its name, and the hash of its settings that Compose gives its containers as a label. */
export function composeHashes(project: ComposeProject): Command {
  return compose(project, 'config', '--hash', '*');
}

/** Prints nothing on success. */
export function composeCheck(project: ComposeProject): Command {
  return compose(project, 'config', '--quiet');
}

export function composeDown(project: ComposeProject): Command {
  return compose(project, 'down');
}

/** Creates the services' containers and volumes without starting them. */
export function composeCreate(project: ComposeProject, services: readonly string[]): Command {
  return compose(project, 'up', '--no-start', '--no-deps', '--pull', 'never', ...services);
}

export interface LogOptions {
  readonly services: readonly string[];
  readonly follow: boolean;
  /** A time or a duration in docker's format: `10m`, `2026-11-26T02:00:00`. */
  readonly since?: string;
  /** The number of lines, or `all`. */
  readonly tail?: string;
}

export function composeLogs(
  project: ComposeProject,
  { services, follow, since, tail }: LogOptions,
): Command {
  return compose(
    project,
    'logs',
    ...(follow ? ['--follow'] : []),
    // Joined with its value, so that a value that starts with a dash is not read as an option.
    ...(since === undefined ? [] : [`--since=${since}`]),
    ...(tail === undefined ? [] : [`--tail=${tail}`]),
    '--',
    ...services,
  );
}

/** The end of a service's log, with both streams in order. */
export function composeLogTail(project: ComposeProject, service: string, lines: number): Command {
  const options = ['--no-color', '--no-log-prefix', `--tail=${lines}`];
  return compose(project, 'logs', ...options, '--', service);
}

export interface ExecOptions {
  /** Without one, `-T`: stdin and stdout are passed through unchanged. */
  readonly terminal: boolean;
  /** A variable for the program: `NAME=value`. */
  readonly mark: string;
}

/** Runs a program in a service's container. */
export function composeExec(
  project: ComposeProject,
  service: string,
  { terminal, mark }: ExecOptions,
  argv: readonly string[],
): Command {
  const options = [...(terminal ? [] : ['-T']), '--env', mark];
  return compose(project, 'exec', ...options, service, ...argv);
}

/** psql as described on the vendor's page (`psql -U postgres -d platform`). */
export function psql(
  project: ComposeProject,
  { service, user, name }: { service: string; user: string; name: string },
  options: ExecOptions,
  args: readonly string[],
): Command {
  return composeExec(project, service, options, ['psql', '-U', user, '-d', name, ...args]);
}

/** Every container of a Compose project, including stopped ones; one id per line. */
export function projectContainers(project: string): Command {
  return docker('ps', '--all', '--quiet', '--no-trunc', ...ofProject(project));
}

/** The containers that were created from a Compose file in a folder, whatever their project; one id per line. */
export function containersFrom(folder: string): Command {
  const label = `label=com.docker.compose.project.working_dir=${folder}`;
  return docker('ps', '--all', '--quiet', '--no-trunc', '--filter', label);
}

/** One JSON array. Fails if one of them no longer exists, but prints the others. */
export function inspectContainers(ids: readonly string[]): Command {
  return docker('container', 'inspect', ...ids);
}

/** One JSON array of the existing images. Fails if one is missing. */
export function inspectImages(images: readonly string[]): Command {
  return docker('image', 'inspect', ...images);
}

/** Memory in use, one JSON object per line. Takes two seconds, because docker measures twice. */
export function containerStats(ids: readonly string[]): Command {
  return docker('stats', '--no-stream', '--no-trunc', '--format', 'json', ...ids);
}

/** Sizes of every volume. Docker walks through all files. */
export function diskUsage(): Command {
  return docker('system', 'df', '--verbose', '--format', 'json');
}

/** `json`: one JSON object per line. */
export function projectVolumes(project: string): Command {
  return docker('volume', 'ls', '--format', 'json', ...ofProject(project));
}

export function projectNetworks(project: string): Command {
  return docker('network', 'ls', '--format', 'json', ...ofProject(project));
}

/** The `icc` option of a network; empty if it has none, which means yes. */
export function networkIcc(network: string): Command {
  const option = '{{index .Options "com.docker.network.bridge.enable_icc"}}';
  return docker('network', 'inspect', '--format', option, network);
}

/**
 * Prints each target that a connection was tried to, with `ok` or `failed`. Prints nothing if the image has no program for
 * it. The first argument is for how many seconds a connection that fails is tried again.
 */
const connect = `command -v timeout >/dev/null || exit 0
if command -v bash >/dev/null; then
  try() { timeout 4 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2"; }
elif command -v nc >/dev/null; then
  try() { timeout 4 nc -w 3 "$1" "$2" -e true; }
else
  exit 0
fi
end=$(($(date +%s) + $1))
shift
for target; do
  while :; do
    try "\${target%:*}" "\${target##*:}" >/dev/null 2>&1 </dev/null && echo "$target ok" && break
    [ "$(date +%s)" -lt "$end" ] || { echo "$target failed"; break; }
    sleep 1
  done &
done
wait`;

/**
 * Tries TCP connections as a container would: from its network, in a container of its own, because an image need not have
 * a shell.
 * @param image one with a shell
 * @param targets `host:port`
 * @param seconds for which a connection that fails is tried again
 */
export function tryConnections(
  image: string,
  container: string,
  targets: readonly string[],
  seconds: number,
): Command {
  const how = ['--rm', '--pull', 'never', '--network', `container:${container}`];
  const shell = ['--log-driver', 'none', '--entrypoint', 'sh', image, '-c', connect, 'sh'];
  return docker('run', ...how, ...shell, String(seconds), ...targets);
}

/** The SHA-256 of each of these files of a container, one a line. Fails if one does not exist. */
export function hashCopies(container: string, paths: readonly string[]): Command {
  return docker('exec', container, 'sha256sum', '--', ...paths);
}

/** Writes stdin beside a file of a container, with its owner and mode. */
export function writeCopy(container: string, path: string): Command {
  const write = 'umask 077 && cp -p "$1" "$1.new" && cat >"$1.new"';
  return docker('exec', '--interactive', container, 'sh', '-c', write, 'sh', path);
}

/** Puts what `writeCopy` wrote in place, and runs a command. If it fails, puts back what was there. */
const switchAll = `count=$1
shift
paths= index=0
while [ "$index" -lt "$count" ]; do
  ln -f "$1" "$1.old" && mv -f "$1.new" "$1" || exit 1
  paths="$paths $1"
  shift
  index=$((index + 1))
done
"$@" && result=0 || result=$?
for path in $paths; do
  if [ "$result" -eq 0 ]; then rm -f "$path.old"; else mv -f "$path.old" "$path"; fi
done
exit "$result"`;

export function switchCopies(
  container: string,
  paths: readonly string[],
  command: readonly string[],
): Command {
  const argv = [String(paths.length), ...paths, ...command];
  return docker('exec', container, 'sh', '-c', switchAll, 'sh', ...argv);
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

/** One JSON array. Fails if one of them does not exist, but prints the others. */
export function inspectVolumes(names: readonly string[]): Command {
  return docker('volume', 'inspect', ...names);
}

export function createVolume(name: string, labels: Readonly<Record<string, string>>): Command {
  const pairs = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  return docker('volume', 'create', ...pairs, name);
}

export function removeVolumes(names: readonly string[]): Command {
  return docker('volume', 'rm', ...names);
}

function ofProject(project: string): string[] {
  return ['--filter', `label=com.docker.compose.project=${project}`];
}
