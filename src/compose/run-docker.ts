import { basename } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readStart, withoutLinks } from '../lib/fs/files.ts';
import { withoutLogin } from '../lib/net/url-login.ts';
import { findProgram } from '../lib/process/find-program.ts';
import { type Command, type Finished, run } from '../lib/process/process.ts';
import { dockerConfigFile, readDockerConfig } from '../registry/docker-config-file.ts';
import {
  dockerFailure,
  type EnginePlace,
  engineUnreachable,
  ownEngine,
} from './docker-failures.ts';

export interface DockerOptions {
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
  /** For a question to the engine: how long to wait for its answer. */
  readonly answerMs?: number;
}

/** The options of a question to the engine. */
export const question = { answerMs: 60_000 };

/**
 * Runs docker until it ends, whatever the result. Ctrl-C in the terminal reaches only us: our signal ends docker if
 * necessary.
 * @throws UserError DOCKER_NOT_FOUND; DOCKER_ENGINE_UNREACHABLE if it does not answer in time
 */
export async function tryDocker(
  context: Context,
  command: Command,
  { answerMs, ...options }: DockerOptions = {},
): Promise<Finished> {
  const { env, signal, reporter } = context;
  if (await isPodman(await findProgram('docker', env.PATH))) throw notPodman();
  // Ids and scripts can make it long.
  reporter.detail(`${command.program} ${command.args.slice(0, 24).join(' ')}`);
  try {
    return await run(command, {
      env,
      signal,
      group: true,
      ...(answerMs !== undefined && { timeoutMs: answerMs }),
      ...options,
    });
  } catch (error) {
    if (answerMs === undefined) throw error;
    if (!(error instanceof UserError) || error.code !== 'PROGRAM_TIMEOUT') throw error;
    const seconds = Math.round(answerMs / 1000);
    const message = `The Docker Engine did not answer within ${seconds} s.`;
    const hint = 'Check `journalctl -u docker`, then run the command again.';
    throw engineUnreachable(message, await enginePlace(context), hint);
  }
}

/** @param subject what the command is about: an image, the registry @throws UserError from `dockerFailure` */
export async function mustDocker(
  context: Context,
  command: Command,
  subject: string,
  options: DockerOptions = {},
): Promise<Finished> {
  const finished = await tryDocker(context, command, options);
  if (finished.exitCode !== 0) throw await failureOf(context, finished, subject);
  return finished;
}

/** The reason for a failed docker command, with the place where docker looked for the engine. */
export async function failureOf(
  context: Context,
  { stderr }: Pick<Finished, 'stderr'>,
  subject: string,
): Promise<UserError> {
  const said = context.reporter.redact(stderr);
  const failure = dockerFailure(said, subject, await enginePlace(context));
  const { DOCKER_DEFAULT_PLATFORM: platform } = context.env;
  if (failure.code !== 'IMAGE_PLATFORM' || !platform) return failure;
  return new UserError(failure.code, failure.message, {
    hint: `DOCKER_DEFAULT_PLATFORM=${platform} is set in this shell, and asks for that kind. Run \`unset DOCKER_DEFAULT_PLATFORM\`, then run the command again.`,
    cause: failure.cause,
  });
}

/**
 * Whether a docker command is Podman: a link to it, or the script of the package podman-docker.
 * @param path of the docker command
 */
export async function isPodman(path: string | undefined): Promise<boolean> {
  if (path === undefined) return false;
  const program = await withoutLinks(path);
  if (basename(program) === 'podman') return true;
  // A program need not be readable.
  const start = await readStart(program, 4096).catch(() => '');
  return start.startsWith('#!') && /\bexec\b.*\bpodman\b/.test(start);
}

export function notPodman(): UserError {
  return new UserError('DOCKER_IS_PODMAN', 'The docker command of this host is Podman.');
}

/**
 * Where docker looks for the engine (docker/cli, `resolveContextName`): DOCKER_HOST, else DOCKER_CONTEXT, else the
 * current context in its config.json.
 */
export async function enginePlace(context: Context): Promise<EnginePlace> {
  const { DOCKER_HOST, DOCKER_CONTEXT } = context.env;
  if (DOCKER_HOST) {
    return { at: `DOCKER_HOST=${withoutLogin(DOCKER_HOST)}`, back: 'run `unset DOCKER_HOST`' };
  }
  if (DOCKER_CONTEXT) {
    if (DOCKER_CONTEXT === 'default') return ownEngine;
    return { at: `DOCKER_CONTEXT=${DOCKER_CONTEXT}`, back: 'run `unset DOCKER_CONTEXT`' };
  }
  const text = await readDockerConfig(context).catch(() => undefined);
  const current = currentContext(text ?? '{}');
  if (current === undefined || current === 'default') return ownEngine;
  const at = `the context ${current} of ${dockerConfigFile(context)}`;
  return { at, back: 'run `docker context use default`' };
}

function currentContext(text: string): string | undefined {
  try {
    const { currentContext: name } = JSON.parse(text) as { currentContext?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}
