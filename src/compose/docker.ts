import { type ErrorCode, UserError } from '../errors.ts';
import type { Command } from '../lib/process/process.ts';

/** A command line of docker's. */
export function docker(...args: string[]): Command {
  return { program: 'docker', args };
}

/** The password goes to stdin. */
export function dockerLogin(registry: string, username: string): Command {
  return docker('login', '--username', username, '--password-stdin', registry);
}

/** Asks the command alone, no engine. */
export function dockerVersion(): Command {
  return docker('--version');
}

/** Fails where no engine answers. */
export function dockerServerVersion(): Command {
  return docker('version', '--format', '{{.Server.Version}}');
}

export function dockerPull(image: string): Command {
  return docker('pull', '--quiet', image);
}

/** The running containers of a Compose project, one id a line. */
export function dockerRunning(project: string): Command {
  const filter = `label=com.docker.compose.project=${project}`;
  return docker('ps', '--quiet', '--filter', filter);
}

/** Fails where the image is not on the host. */
export function dockerHasImage(image: string): Command {
  return docker('image', 'inspect', '--format', '{{.Id}}', image);
}

/** All that docker tells of itself, its plugins and its engine, as JSON. */
export function dockerInfo(): Command {
  return docker('info', '--format', '{{json .}}');
}

/** For each image that is on the host a line: the digests it is known by, as JSON. */
export function dockerImageDigests(images: readonly string[]): Command {
  return docker('image', 'inspect', '--format', '{{json .RepoDigests}}', ...images);
}

/** Every running container a line: its Compose project and the ports that it has published, behind a tab. */
export function dockerPublished(): Command {
  const format = '{{.Label "com.docker.compose.project"}}\t{{.Ports}}';
  return docker('ps', '--format', format);
}

/** To be run in backend/. Says nothing where all is well. */
export function composeCheck(): Command {
  return docker('compose', 'config', '--quiet');
}

/** To be run in backend/. */
export function composeDown(): Command {
  return docker('compose', 'down');
}

interface KnownFailure {
  readonly says: RegExp;
  readonly code: ErrorCode;
  readonly message: (subject: string) => string;
  readonly hint?: string;
}

const dockerConfig = "Docker's config.json (in ~/.docker, or in DOCKER_CONFIG)";
const engineProxy =
  'The Docker Engine makes this connection, with its own settings: give it the proxy in /etc/docker/daemon.json ("proxies") or in its systemd unit, then restart it.';

/** What docker prints when it fails (docker/cli and moby, by search for the texts), the most exact first. */
const knownFailures: readonly KnownFailure[] = [
  {
    says: /error (saving|storing) credentials.*not implemented/is,
    code: 'DOCKER_HELPER_IN_THE_WAY',
    message: (subject) =>
      `Docker's config names a credential helper for ${subject} that can not store a login.`,
  },
  {
    says: /docker-credential-\w.*(executable file not found|no such file)/is,
    code: 'DOCKER_HELPER_IN_THE_WAY',
    message: () => "Docker's config names a credential helper that is not installed.",
    hint: `Install the helper, or remove it (credsStore, credHelpers) from ${dockerConfig}.`,
  },
  {
    says: /error storing credentials - err:/i,
    code: 'DOCKER_HELPER_IN_THE_WAY',
    message: () => "The credential helper that Docker's config names could not store the login.",
    hint: `Helpers of a desktop do not work on a server: remove it (credsStore, credHelpers) from ${dockerConfig}. --verbose shows its own words.`,
  },
  {
    says: /permission denied.*docker (daemon|API)|permission denied.*docker\.sock/is,
    code: 'DOCKER_ENGINE_UNREACHABLE',
    message: () => 'This user may not use the Docker Engine.',
    hint: 'Add the user to the group docker (`sudo usermod -aG docker $USER`), log in anew, and run the command again.',
  },
  {
    says: /cannot connect to the docker daemon|is the docker daemon running|failed to connect to the docker API/i,
    code: 'DOCKER_ENGINE_UNREACHABLE',
    message: () => 'The Docker Engine does not answer.',
    hint: 'Start it with `sudo systemctl start docker`, and run the command again.',
  },
  {
    says: /error saving credentials.*(no space left on device|disk quota exceeded)/is,
    code: 'DISK_FULL',
    message: () => `There is no space left where ${dockerConfig} is.`,
  },
  {
    says: /no space left on device|disk quota exceeded/i,
    code: 'DISK_FULL',
    message: () => 'Docker has no space left on its disk.',
    hint: 'Free space where Docker keeps images (`docker info -f {{.DockerRootDir}}`), and run the command again.',
  },
  {
    says: /error saving credentials|open .*config\.json.*permission denied/is,
    code: 'FOLDER_READ_ONLY',
    message: () => `This user may not write ${dockerConfig}.`,
    hint: 'After a `sudo docker login` it may belong to root: `sudo chown -R $USER ~/.docker`.',
  },
  {
    says: /error (loading|parsing) config file|config\.json:.*(invalid character|unexpected end)/is,
    code: 'DOCKER_CONFIG_INVALID',
    message: () => `${dockerConfig} is not valid JSON.`,
  },
  {
    says: /port is already allocated|address already in use/i,
    code: 'PORT_TAKEN',
    message: (subject) => `A port that ${subject} needs is in use by another program.`,
  },
  {
    says: /authorization token has expired/i,
    code: 'REGISTRY_DENIED',
    message: (subject) => `${subject} says that the login has expired.`,
    hint: 'Run `proto-scaffold login`, and then the command again.',
  },
  // Layers come from a storage behind the registry, which knows no login.
  {
    says: /error parsing HTTP 403 response body|unexpected status code [^\n]*: 403\b/i,
    code: 'REGISTRY_DENIED',
    message: (subject) => `The download of ${subject} was refused (403).`,
    hint: 'A firewall or web filter may let the registry through and not the storage behind it: see which hosts must be reached. Else run `proto-scaffold login`, and then the command again.',
  },
  {
    says: /unauthorized|incorrect username or password|denied: |403 forbidden|no basic auth|login attempt .*failed with status: 4\d\d/i,
    code: 'REGISTRY_DENIED',
    message: (subject) => `${subject} did not accept the login.`,
  },
  {
    says: /manifest unknown|manifest for .* not found|requested image not found/i,
    code: 'RELEASE_UNKNOWN',
    message: (subject) => `${subject} is not in the registry.`,
  },
  {
    says: /repository .* (not found|does not exist)|name unknown/i,
    code: 'REPOSITORY_UNKNOWN',
    message: (subject) => `The repository of ${subject} is not in the registry.`,
  },
  // Before what only names the trouble that Docker had with the proxy itself.
  {
    says: /proxyconnect|proxy authentication required/i,
    code: 'NETWORK_PROXY',
    message: (subject) => `The web proxy that Docker uses did not let it through to ${subject}.`,
    hint: engineProxy,
  },
  {
    says: /certificate has expired or is not yet valid/i,
    code: 'NETWORK_TLS',
    message: (subject) => `The certificate of ${subject} is not valid at this host's time.`,
    hint: "Check this host's date with `timedatectl`; if it is right, the other side must renew it.",
  },
  {
    says: /x509:|tls: |certificate/i,
    code: 'NETWORK_TLS',
    message: (subject) => `Docker does not trust the certificate of ${subject}.`,
    hint: 'Put the CA certificate into /etc/docker/certs.d/REGISTRY/ca.crt, or among the system certificates and restart Docker.',
  },
  // Before the time limits: a gateway says `504 Gateway Timeout`.
  {
    says: /toomanyrequests|\b(429|50[0234]) [a-z]|HTTP (429|50[0234]) response|too many requests|service unavailable|bad gateway|gateway time-?out|internal server error/i,
    code: 'SERVICE_UNAVAILABLE',
    message: (subject) => `${subject} is overloaded or out of order.`,
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
    says: /connection refused|connection reset|no route to host|network is unreachable|unexpected EOF/i,
    code: 'NETWORK_UNREACHABLE',
    message: (subject) => `Docker could not reach ${subject}.`,
    hint: `Check the firewall. Behind a web proxy: ${engineProxy}`,
  },
  {
    says: /error parsing HTTP \d+ response body/i,
    code: 'REGISTRY_ANSWER_INVALID',
    message: (subject) => `What answers Docker for ${subject} is not the registry.`,
  },
  // What is left where Docker tells no reason: it has tried six times by then.
  {
    says: /download failed after attempts|error pulling image configuration|httpReadSeeker|: EOF$/im,
    code: 'NETWORK_UNREACHABLE',
    message: (subject) => `The download of ${subject} broke off.`,
    hint: `Check the firewall. Behind a web proxy: ${engineProxy}`,
  },
];

/** What `docker compose config` complains of, in its own words: no server is asked, so nothing else can be meant. */
export function composeInvalid(stderr: string): UserError {
  const said = lastLines(stderr);
  const words = said === '' ? 'it gave no reason.' : said;
  return new UserError('COMPOSE_INVALID', `Docker Compose does not take the files: ${words}`);
}

/**
 * The failure behind what docker printed.
 * @param subject what docker was asked for: the registry, or an image
 */
export function dockerFailure(stderr: string, subject: string): UserError {
  // Whole rooms of words would take the patterns minutes, and what failed is said last.
  const end = stderr.slice(-longest);
  const known = knownFailures.find(({ says }) => says.test(end));
  const said = lastLines(end);
  if (known === undefined) {
    const message =
      said === '' ? 'Docker failed, and gave no reason.' : `Docker failed with: ${said}`;
    return new UserError('DOCKER_FAILED', message);
  }
  return new UserError(known.code, known.message(subject), {
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    cause: new Error(said),
  });
}

/** How much of what docker said is looked at, in characters. */
const longest = 4 * 1024;

/** Docker's last words, without the lines of its log, which only repeat them. */
function lastLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^time="/.test(line));
  return lines.slice(-3).join(' ').slice(0, 500);
}
