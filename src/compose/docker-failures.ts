import { type ErrorCode, UserError } from '../errors.ts';

/** What docker prints when it fails, and the error that it means. */

interface KnownFailure {
  readonly says: RegExp;
  readonly code: ErrorCode;
  readonly message: (subject: string) => string;
  readonly hint?: string;
}

const dockerConfig = "Docker's config.json (in ~/.docker, or in DOCKER_CONFIG)";
const engineProxy =
  'The Docker Engine makes this connection with its own settings. Set the proxy in /etc/docker/daemon.json ("proxies") or in its systemd unit, then restart it.';

/** How a hint ends that a command gives. A check leaves it out. */
export const thenRunAgain = ', then run the command again';

/** Where the docker CLI looks for the engine. */
export interface EnginePlace {
  /** `unix:///var/run/docker.sock`, or the setting that names it: `DOCKER_HOST=tcp://…`. */
  readonly at: string;
  /** How to return to the engine of this host, if a setting leads elsewhere. */
  readonly back?: string;
}

export const ownEngine: EnginePlace = { at: 'unix:///var/run/docker.sock' };

/** Docker's error messages (from the sources of docker/cli and moby), the most specific first. */
const knownFailures: readonly KnownFailure[] = [
  {
    says: /error (saving|storing) credentials.*not implemented/is,
    code: 'DOCKER_HELPER_IN_THE_WAY',
    message: (subject) =>
      `Docker's config specifies a credential helper for ${subject} that cannot store a login.`,
  },
  {
    says: /docker-credential-\w.*(executable file not found|no such file)/is,
    code: 'DOCKER_HELPER_IN_THE_WAY',
    message: () => "Docker's config specifies a credential helper that is not installed.",
    hint: `Install the helper, or remove it (credsStore, credHelpers) from ${dockerConfig}.`,
  },
  {
    says: /error storing credentials - err:/i,
    code: 'DOCKER_HELPER_IN_THE_WAY',
    message: () => "The credential helper from Docker's config could not store the login.",
    hint: `Desktop credential helpers do not work on a server. Remove it (credsStore, credHelpers) from ${dockerConfig}. Use --verbose to see its output.`,
  },
  {
    says: /permission denied.*docker (daemon|API)|permission denied.*docker\.sock/is,
    code: 'DOCKER_ENGINE_UNREACHABLE',
    message: () => 'You do not have permission to use the Docker Engine.',
    hint: `Add your user to the docker group (\`sudo usermod -aG docker $USER\`) and log in again${thenRunAgain}.`,
  },
  {
    // The last ones are settings (DOCKER_HOST, DOCKER_TLS_VERIFY, a context) that lead nowhere.
    says: /cannot connect to the docker daemon|is the docker daemon running|failed to connect to the docker API|error during connect|unable to parse docker host|unable to resolve docker endpoint|protocol not available/i,
    code: 'DOCKER_ENGINE_UNREACHABLE',
    message: () => 'The Docker Engine is not responding.',
    hint: `Start it with \`sudo systemctl start docker\`${thenRunAgain}.`,
  },
  {
    // Docker takes `compose` for a command or an option of its own.
    says: /unknown (shorthand )?flag: |'compose' is not a docker command|unknown (docker )?command: "?(docker )?compose/i,
    code: 'COMPOSE_NOT_FOUND',
    message: () => 'Docker has no `compose` command: its Compose plugin is not installed.',
  },
  {
    says: /no matching manifest for|does not match the (specified|requested|detected)|does not provide the specified platform/i,
    code: 'IMAGE_PLATFORM',
    message: (subject) => `${subject} is not available for this kind of processor.`,
  },
  {
    says: /error saving credentials.*(no space left on device|disk quota exceeded)/is,
    code: 'DISK_FULL',
    message: () => `No space left on the disk that holds ${dockerConfig}.`,
  },
  {
    says: /no space left on device|disk quota exceeded/i,
    code: 'DISK_FULL',
    message: () => 'Docker has no disk space left.',
    hint: `Free space where Docker stores images (\`docker info -f {{.DockerRootDir}}\`)${thenRunAgain}.`,
  },
  {
    says: /error saving credentials|open .*config\.json.*permission denied/is,
    code: 'FOLDER_READ_ONLY',
    message: () => `You do not have permission to write ${dockerConfig}.`,
    hint: 'After `sudo docker login`, its owner may be root. To fix this, run `sudo chown -R $USER ~/.docker`.',
  },
  {
    says: /error (loading|parsing) config file|config\.json:.*(invalid character|unexpected end)/is,
    code: 'DOCKER_CONFIG_INVALID',
    message: () => `${dockerConfig} is not valid JSON.`,
  },
  {
    says: /port is already allocated|address already in use/i,
    code: 'PORT_TAKEN',
    message: (subject) => `Another program already uses a port that ${subject} needs.`,
  },
  // Before the patterns of a registry, which also find "denied:" and "timeout".
  {
    says: /address pools have been fully subscribed|available,? non-overlapping .*address pool/i,
    code: 'DOCKER_ADDRESSES_EXHAUSTED',
    message: () => 'Docker has no addresses left for another network.',
  },
  {
    says: /invalid pool request|pool overlaps with other one/i,
    code: 'DOCKER_NETWORK_FAILED',
    message: () => 'The addresses of a network of the platform overlap with another network.',
    hint: `Change \`subnet\` in backend/docker-compose.override.yml, or remove the other network (\`docker network ls\`, \`docker network rm NAME\`)${thenRunAgain}.`,
  },
  {
    says: /no chain\/target\/match by that name|iptables failed|failed to .*(iptables|ip6tables|nftables|firewalld)|failed programming external connectivity.*iptables|table does not exist/i,
    code: 'DOCKER_NETWORK_FAILED',
    message: () => "Docker's rules are missing from the firewall of this host.",
    hint: `A firewall that was started or reloaded after Docker (firewalld, ufw, nftables) has removed them. Run \`sudo systemctl restart docker\`${thenRunAgain}.`,
  },
  {
    says: /network \S+ was found but has incorrect label/i,
    code: 'DOCKER_NETWORK_FAILED',
    message: () => 'A network with the name of the platform was not created by Docker Compose.',
    hint: `Remove it: find its name with \`docker network ls\`, then \`docker network rm NAME\`${thenRunAgain}.`,
  },
  {
    says: /has active endpoints/i,
    code: 'DOCKER_NETWORK_FAILED',
    message: () => 'Other containers are connected to the network of the platform.',
    hint: `\`docker network inspect NAME\` lists them. Disconnect them with \`docker network disconnect NAME CONTAINER\`${thenRunAgain}.`,
  },
  {
    says: /network \S+ not found|network with name \S+ already exists|could not find a network matching/i,
    code: 'DOCKER_NETWORK_FAILED',
    message: () => 'A container belongs to a network that has been replaced.',
    hint: `Run \`proto-scaffold stop\`, which removes containers and networks but no data${thenRunAgain}.`,
  },
  {
    says: /exec format error/i,
    code: 'IMAGE_PLATFORM',
    message: (subject) => `${subject} is not available for this kind of processor.`,
  },
  {
    says: /apparmor|selinux.*(denied|failed)/i,
    code: 'CONTAINER_REFUSED',
    message: () => 'AppArmor or SELinux of this host does not let Docker start a container.',
    hint: `See \`sudo dmesg | grep -iE "apparmor|avc"\`. If the program apparmor_parser is missing: sudo apt-get install apparmor. Then restart Docker${thenRunAgain}.`,
  },
  {
    says: /(fail|unable|cannot|invalid|no such)[^\n]*cgroup|cgroup[^\n]*(fail|not |no such|invalid)/i,
    code: 'CONTAINER_REFUSED',
    message: () => 'Docker could not set the limits of a container (cgroup).',
    hint: `Check \`docker info\` (Cgroup Driver, Cgroup Version) and /sys/fs/cgroup. Restart Docker, and after an update of the system the host${thenRunAgain}.`,
  },
  {
    says: /failed to mount overlay|error (creating|mounting) overlay|creating overlay mount|driver "?overlay2?"? failed/i,
    code: 'CONTAINER_REFUSED',
    message: () => "Docker could not mount a container's files (overlay).",
    hint: `The disk of \`docker info -f {{.DockerRootDir}}\` must support overlay file systems (ext4, or xfs with ftype=1). After an update of the kernel, restart the host. See \`sudo dmesg\`. Then run the command again.`,
  },
  {
    says: /bind source path does not exist|error mounting .* to rootfs/i,
    code: 'CONTAINER_REFUSED',
    message: () =>
      'A file that a container mounts does not exist, or has another kind than in the container.',
    hint: `See the path in the output of \`proto-scaffold start --verbose\`. \`proto-scaffold check\` names files that are missing.`,
  },
  {
    says: /OCI runtime|failed to create (shim )?task|runc create failed|cannot allocate memory/i,
    code: 'CONTAINER_REFUSED',
    message: () => 'Docker could not start a container.',
  },
  {
    says: /authorization token has expired/i,
    code: 'REGISTRY_DENIED',
    message: (subject) => `${subject} reports that the login has expired.`,
    hint: 'Run `proto-scaffold login`, then run the command again.',
  },
  // Layers come from the storage behind the registry, which does not use a login.
  {
    says: /error parsing HTTP 403 response body|unexpected status code [^\n]*: 403\b/i,
    code: 'REGISTRY_DENIED',
    message: (subject) => `The download of ${subject} was refused (403).`,
    hint: 'A firewall or web filter may allow the registry but block the storage behind it. Check which hosts must be reachable. Otherwise, run `proto-scaffold login`, then run the command again.',
  },
  {
    says: /unauthorized|incorrect username or password|denied: |403 forbidden|no basic auth|login attempt .*failed with status: 4\d\d/i,
    code: 'REGISTRY_DENIED',
    message: (subject) => `${subject} rejected the login.`,
  },
  {
    says: /manifest unknown|manifest for .* not found|requested image not found/i,
    code: 'RELEASE_UNKNOWN',
    message: (subject) => `${subject} was not found in the registry.`,
  },
  {
    says: /repository .* (not found|does not exist)|name unknown/i,
    code: 'REPOSITORY_UNKNOWN',
    message: (subject) => `The repository of ${subject} was not found in the registry.`,
  },
  // Before the patterns for problems with the proxy itself.
  {
    says: /proxyconnect|proxy authentication required/i,
    code: 'NETWORK_PROXY',
    message: (subject) => `The web proxy that Docker uses blocked the connection to ${subject}.`,
    hint: engineProxy,
  },
  {
    says: /certificate has expired or is not yet valid/i,
    code: 'NETWORK_TLS',
    message: (subject) =>
      `The certificate of ${subject} is not valid at the current time of this host.`,
    hint: "Check this host's date with `timedatectl`. If the date is correct, the owner of the server must renew the certificate.",
  },
  {
    says: /x509:|tls: |certificate/i,
    code: 'NETWORK_TLS',
    message: (subject) => `Docker does not trust the certificate of ${subject}.`,
    hint: 'Save the CA certificate as /etc/docker/certs.d/REGISTRY/ca.crt. Or add it to the system certificates and restart Docker.',
  },
  // Before the time limits: a gateway says `504 Gateway Timeout`.
  {
    says: /toomanyrequests|\b(429|50[0234]) [a-z]|HTTP (429|50[0234]) response|too many requests|service unavailable|bad gateway|gateway time-?out|internal server error/i,
    code: 'SERVICE_UNAVAILABLE',
    message: (subject) => `${subject} is overloaded or unavailable.`,
  },
  {
    says: /no such host|name resolution|server misbehaving/i,
    code: 'NETWORK_DNS',
    message: (subject) => `Docker could not resolve the name of ${subject}.`,
    hint: `Check DNS on this host. Behind a web proxy: ${engineProxy}`,
  },
  {
    says: /i\/o timeout|timed? ?out|deadline exceeded/i,
    code: 'NETWORK_TIMEOUT',
    message: (subject) => `${subject} did not answer Docker in time.`,
    hint: `Check the firewall. Behind a web proxy: ${engineProxy}`,
  },
  {
    says: /connection refused|connection reset|no route to host|network is (unreachable|down)|connect: (permission denied|operation not permitted|invalid argument)|software caused connection abort|no buffer space|too many open files|unexpected EOF/i,
    code: 'NETWORK_UNREACHABLE',
    message: (subject) => `Docker could not reach ${subject}.`,
    hint: `Check the firewall. Behind a web proxy: ${engineProxy}`,
  },
  {
    says: /error parsing HTTP \d+ response body/i,
    code: 'REGISTRY_ANSWER_INVALID',
    message: (subject) => `The server that answered Docker for ${subject} is not the registry.`,
  },
  // The remaining case in which Docker gives no reason, after six attempts.
  {
    says: /download failed after attempts|error pulling image configuration|httpReadSeeker|: EOF$/im,
    code: 'NETWORK_UNREACHABLE',
    message: (subject) => `The download of ${subject} was interrupted.`,
    hint: `Check the firewall. Behind a web proxy: ${engineProxy}`,
  },
];

/** Failures whose cause is in docker's own words. */
const ownWords: readonly ErrorCode[] = ['CONTAINER_REFUSED', 'DOCKER_NETWORK_FAILED'];

/** The error of `docker compose config`, in its own words. It contacts no server, so the files must be the cause. */
export function composeInvalid(stderr: string): UserError {
  return new UserError('COMPOSE_INVALID', `Docker Compose rejected the files: ${reason(stderr)}`);
}

/** The same before a change, for the files as they would be. @param files in backend/ */
export function composeInvalidAfter(stderr: string, files: readonly string[]): UserError {
  const message = `Docker Compose would reject the files after this change: ${reason(stderr)}`;
  const mine = files.map((file) => `backend/${file}`).join(' or ');
  return new UserError('COMPOSE_INVALID', message, {
    hint: `Correct ${mine}, then run the command again. Nothing was changed.`,
  });
}

function reason(stderr: string): string {
  return lastLines(stderr) || 'no reason given.';
}

/**
 * Finds the failure behind docker's output.
 * @param subject what the command is about: the registry, or an image
 * @param engine where the engine was looked for, which the message says if it does not respond
 */
export function dockerFailure(
  stderr: string,
  subject: string,
  engine: EnginePlace = ownEngine,
): UserError {
  // Very long output would take the patterns minutes, and the failure is reported last.
  const end = stderr.slice(-longest);
  const known = knownFailures.find(({ says }) => says.test(end));
  const said = lastLines(end);
  if (known === undefined) {
    const message =
      said === '' ? 'Docker failed without giving a reason.' : `Docker failed with: ${said}`;
    return new UserError('DOCKER_FAILED', message);
  }
  const isUnclear = ownWords.includes(known.code);
  const message = isUnclear
    ? `${known.message(subject).replace(/\.$/, '')}: ${said}`
    : known.message(subject);
  if (known.code === 'DOCKER_ENGINE_UNREACHABLE') {
    return engineUnreachable(message, engine, known.hint, new Error(said));
  }
  return new UserError(known.code, message, {
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    cause: new Error(said),
  });
}

/** @param message a sentence without the place @param hint for the engine of this host */
export function engineUnreachable(
  message: string,
  { at, back }: EnginePlace,
  hint = '',
  cause?: Error,
): UserError {
  const where = message.replace(/\.$/, ` (${at}).`);
  return new UserError('DOCKER_ENGINE_UNREACHABLE', where, {
    hint:
      back === undefined
        ? hint
        : `To use the engine of this host, ${back}. Otherwise, ${hint.charAt(0).toLowerCase()}${hint.slice(1)}`,
    cause,
  });
}

/** How much of docker's output is examined, in characters. */
const longest = 4 * 1024;

/** Docker's last messages, without its log lines, which only repeat them. */
export function lastLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^time="/.test(line));
  return lines.slice(-3).join(' ').slice(0, 500);
}
