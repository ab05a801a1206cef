import type { Mount } from '../compose/compose-config.ts';
import { docker } from '../compose/docker.ts';
import type { Command } from '../lib/process/process.ts';

/**
 * Commands for the data of the platform. Volumes are read and written through our own data container,
 * which mounts them and runs only as long as our process.
 */

/** Fails if the volume does not exist. */
export function volumeInspect(volume: string): Command {
  return docker('volume', 'inspect', '--format', '{{.Name}}', volume);
}

/** The running containers of a service, one id per line. */
export function serviceRunning(project: string, service: string): Command {
  const filters = [
    `label=com.docker.compose.project=${project}`,
    `label=com.docker.compose.service=${service}`,
  ].flatMap((filter) => ['--filter', filter]);
  return docker('ps', '--quiet', ...filters);
}

/** Entrypoint and command of an image, as JSON. */
export function imageProgram(image: string): Command {
  const format = '{"entrypoint":{{json .Config.Entrypoint}},"command":{{json .Config.Cmd}}}';
  return docker('image', 'inspect', '--format', format, image);
}

/**
 * Runs a program that ends with its stdin. If our process is killed, stdin closes, so that no container or dump
 * outlives us. $1 is the signal that ends the program, the rest is its command line. It waits for all its child
 * processes: PostgreSQL, as the first process of a container, would inherit an orphan, and would treat its death
 * by a signal as a crash of its own (postmaster.c, CleanupBackend).
 */
const endsWithStdin = `exec 3<&0
signal=$1; shift
"$@" 3<&- </dev/null & program=$!
(read -r line <&3; kill -s "$signal" "$program") >/dev/null 2>&1 & watcher=$!
exec 3<&-
wait "$program"
code=$?
kill "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
exit "$code"`;

export interface DataContainer {
  readonly name: string;
  readonly project: string;
  readonly image: string;
  readonly mounts: readonly Mount[];
  /** Variables, which docker reads from its own environment, so that no value is on a command line. */
  readonly environment: Readonly<Record<string, string>>;
  readonly groups: readonly string[];
  /** The program that runs in it, such as the database. Without one, the container only waits. */
  readonly program?: readonly string[];
  /** The user; root if there is no program. */
  readonly user?: string;
  /** The user namespace of the services that own the data; by default that of the engine. */
  readonly userns?: string | undefined;
  /** Bytes of /dev/shm. */
  readonly sharedMemory?: string;
  /** tmpfs folders. */
  readonly tmpfs?: readonly string[];
}

const databaseLabel = 'proto-scaffold.database';

/** The names of the data containers that run the database of a project. */
export function databaseContainers(project: string): Command {
  const label = `label=${databaseLabel}=${project}`;
  return docker('container', 'ls', '--filter', label, '--format', '{{.Names}}');
}

/**
 * Whether docker, or the loader of its program, reads a variable itself: set for docker, it could lead to another engine.
 * None of these contains a secret.
 */
export function isForDocker(name: string): boolean {
  return /^(DOCKER_|COMPOSE_|LD_|SSH_)|^(PATH|HOME|TMPDIR|IFS|ENV)$/.test(name);
}

/** Without a network, and removed when its stdin closes. */
export function runKeeper(dataContainer: DataContainer): Command {
  const { name, project, image, mounts, environment, groups, program, sharedMemory, userns } =
    dataContainer;
  const user = program === undefined ? '0:0' : dataContainer.user;
  return docker(
    ...['run', '--rm', '--interactive', '--sig-proxy=false', '--pull', 'never', '--name', name],
    ...['--label', `proto-scaffold.keeper=${project}`, '--network', 'none', '--log-driver', 'none'],
    ...(program === undefined ? [] : ['--label', `${databaseLabel}=${project}`]),
    ...(user === undefined ? [] : ['--user', user]),
    ...(userns === undefined ? [] : ['--userns', userns]),
    ...(sharedMemory === undefined ? [] : ['--shm-size', sharedMemory]),
    ...groups.flatMap((group) => ['--group-add', group]),
    ...Object.entries(environment).flatMap(([name, value]) => [
      '--env',
      isForDocker(name) ? `${name}=${value}` : name,
    ]),
    ...mounts.flatMap((mount) => ['--mount', mountOption(mount)]),
    ...(dataContainer.tmpfs ?? []).flatMap((folder) => ['--tmpfs', folder]),
    ...['--entrypoint', 'sh', image, '-c'],
    ...(program === undefined
      ? ['echo ready; cat >/dev/null']
      : [endsWithStdin, 'sh', 'INT', ...program]),
  );
}

/** A CSV line, because docker parses `--mount` as CSV. */
function mountOption({ kind, source, target, readOnly }: Mount): string {
  const fields = [`type=${kind}`, `source=${source}`, `target=${target}`];
  return [...fields, ...(readOnly ? ['readonly'] : [])].map(csvField).join(',');
}

function csvField(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** Runs a program in a container, with empty stdin. */
export function execIn(container: string, program: readonly string[]): Command {
  return docker('exec', container, ...program);
}

/** Runs a program in a container that reads its stdin. */
export function execWithInput(container: string, program: readonly string[]): Command {
  return docker('exec', '--interactive', container, ...program);
}

/** Runs a program in a container that ends when its stdin closes, for example when our process dies. */
export function execTied(container: string, program: readonly string[]): Command {
  return docker(
    'exec',
    '--interactive',
    container,
    'sh',
    '-c',
    endsWithStdin,
    'sh',
    'TERM',
    ...program,
  );
}

/**
 * Waits until its stdin closes, as it does when our process ends, however it ends. Unless a line came before, it ends
 * the programs in the container that have $1 in their environment. SIGINT first: psql then cancels its statement, which would
 * go on in the database without it. For two seconds it waits for a program that is only about to start.
 */
const endMarked = `read -r line && exit
absent=0 step=0
while [ "$absent" -lt 20 ] && [ "$step" -lt 40 ]; do
  programs=$(for each in /proc/[0-9]*; do
    tr '\\0' '\\n' <"$each/environ" | grep -qxF -- "$1" && echo "\${each#/proc/}"
  done 2>/dev/null)
  if [ -n "$programs" ]; then
    step=$((step + 1))
    case $step in 1) signal=INT;; 11) signal=TERM;; 31) signal=KILL;; *) signal=;; esac
    if [ -n "$signal" ]; then kill -s "$signal" $programs 2>/dev/null; fi
  elif [ "$step" -gt 0 ]; then exit
  else absent=$((absent + 1))
  fi
  sleep 0.1
done`;

/** Ends the programs with the mark when its stdin closes, unless a line came before. */
export function execWatch(container: string, mark: string): Command {
  return docker('exec', '--interactive', container, 'sh', '-c', endMarked, 'sh', mark);
}

/** A folder as a tar archive on stdout. Each path starts with the folder's name. */
export function copyOut(container: string, folder: string): Command {
  return docker('cp', `${container}:${folder}`, '-');
}

/** Unpacks a tar archive from stdin into a folder and keeps the owners. */
export function copyIn(container: string, folder: string): Command {
  return docker('cp', '-', `${container}:${folder}`);
}

/** As the database's own user and through its socket, so that no password is needed. */
const asUser = (user: string) => ['--no-password', '--username', user];

export function dumpDatabase(user: string, database: string): string[] {
  return ['pg_dump', ...asUser(user), '--format=custom', '--dbname', connection(database)];
}

/** The roles with their password hashes, which a dump does not contain. `readRoles` reads them. */
export function dumpRoles(user: string): string[] {
  return ['pg_dumpall', ...asUser(user), '--roles-only', '--encoding=UTF8'];
}

export function loadDatabase(user: string, database: string): string[] {
  const options = ['--exit-on-error', '--no-tablespaces'];
  return ['pg_restore', ...asUser(user), ...options, '--dbname', connection(database)];
}

/**
 * A connection string for a database, because `--dbname` takes a name with a `=` for one
 * (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING).
 */
function connection(database: string, settings: Readonly<Record<string, string>> = {}): string {
  const all = { dbname: database, ...settings };
  return Object.entries(all)
    .map(([key, value]) => `${key}='${value.replace(/['\\]/g, '\\$&')}'`)
    .join(' ');
}

/**
 * A superuser's session in which functions, operators and tables of other users cannot take the place of PostgreSQL's own
 * (https://wiki.postgresql.org/wiki/A_Guide_to_CVE-2018-1058), and which can write to a database that is read-only by default.
 */
const ownSession = {
  client_encoding: 'UTF8',
  options: '-c search_path=pg_catalog -c default_transaction_read_only=off',
};

/** Reads SQL from stdin and prints bare values. @param lenient continue after an error */
export function runSql(user: string, database: string, lenient = false): string[] {
  const stop = lenient ? '0' : '1';
  const options = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align'];
  const target = ['--set', `ON_ERROR_STOP=${stop}`, '--dbname', connection(database, ownSession)];
  return ['psql', ...asUser(user), ...options, ...target];
}
