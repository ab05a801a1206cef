import { join } from 'node:path';
import type { Command } from '../lib/process/process.ts';

/** A docker command line. */
export function docker(...args: string[]): Command {
  return { program: 'docker', args };
}

/**
 * The platform of an installation, as every `docker compose` of ours names it. Nothing is left to variables, to other
 * files in the folder, or to the current folder.
 */
export interface ComposeProject {
  /** The Compose project, from the lock file. */
  readonly name: string;
  /** Absolute path of the installation. */
  readonly folder: string;
  /** The names of its Compose files in backend/, or `-` for stdin. Later ones change earlier ones. */
  readonly files: readonly string[];
}

/** The folder in which to run `docker compose`, also by hand. */
export function backendOf(folder: string): string {
  return join(folder, 'backend');
}

/** A `docker compose` command line. */
export function compose({ name, folder, files }: ComposeProject, ...args: string[]): Command {
  const cwd = backendOf(folder);
  const identity = ['--project-name', name, '--project-directory', cwd];
  const given = files.flatMap((file) => ['--file', file === '-' ? file : join(cwd, file)]);
  return { ...docker('compose', ...identity, ...given, ...args), cwd };
}

/** The password is passed on stdin. */
export function dockerLogin(registry: string, username: string): Command {
  return docker('login', '--username', username, '--password-stdin', registry);
}

/** Asks only the CLI, not an engine. */
export function dockerVersion(): Command {
  return docker('--version');
}

/** The version of the engine, and its components. Fails if no engine responds. */
export function dockerServerVersion(): Command {
  const components = '{{range .Server.Components}} {{.Name}}{{end}}';
  return docker('version', '--format', `{{.Server.Version}}${components}`);
}

export function dockerPull(image: string): Command {
  return docker('pull', '--quiet', image);
}

/** The running containers of a Compose project, one id a line. */
export function dockerRunning(project: string): Command {
  const filter = `label=com.docker.compose.project=${project}`;
  return docker('ps', '--quiet', '--filter', filter);
}

/** Fails if the image is not on the host. */
export function dockerHasImage(image: string): Command {
  return docker('image', 'inspect', '--format', '{{.Id}}', image);
}

/** Everything that docker reports about itself, its plugins and its engine, as JSON. */
export function dockerInfo(): Command {
  return docker('info', '--format', '{{json .}}');
}

/** A line for each image on the host: its digests, as JSON. */
export function dockerImageDigests(images: readonly string[]): Command {
  return docker('image', 'inspect', '--format', '{{json .RepoDigests}}', ...images);
}

/** The user that an image names; empty for root. Fails if the image is not on the host. */
export function dockerImageUser(image: string): Command {
  return docker('image', 'inspect', '--format', '{{.Config.User}}', image);
}

/** The address of the engine that docker uses. Asks only the CLI. */
export function dockerEngineHost(): Command {
  return docker('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}');
}

/** A line for each running container: its Compose project, a tab, and its published ports. */
export function dockerPublished(): Command {
  const format = '{{.Label "com.docker.compose.project"}}\t{{.Ports}}';
  return docker('ps', '--format', format);
}
