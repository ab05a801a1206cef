import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readLock } from '../installation/read-installation.ts';
import { readText } from '../lib/fs/files.ts';
import { composeFile } from '../release/layout.ts';
import { composeConfig } from './compose-commands.ts';
import { backendOf, type ComposeProject } from './docker.ts';
import { type OverrideFile, overrideNames } from './override.ts';
import { namedProject } from './redirects.ts';
import { question, tryDocker } from './run-docker.ts';
import { type Reach, reachOfModel, reachOfServices, type Variables } from './service-reach.ts';

/**
 * The Compose project of an installation, from its lock file.
 * @param renamed also if the Compose files name another project, for a command that does not touch data
 * @throws UserError LOCK_INVALID, COMPOSE_PROJECT_DIFFERS
 */
export async function composeProject(
  folder: string,
  { renamed = false }: { readonly renamed?: boolean } = {},
): Promise<ComposeProject> {
  const { project: name } = await readLock(folder);
  const own = {
    name: 'docker-compose.yml',
    text: (await readText(join(folder, composeFile))) ?? '',
  };
  const override = await readOverride(folder);
  const files = [own, ...(override === undefined ? [] : [override])];
  const named = namedProject(files);
  if (!renamed && named !== undefined && named.project !== name) throw differs(named, name);
  return { name, folder, files: files.map((file) => file.name) };
}

function differs({ file, project }: { file: string; project: string }, locked: string): UserError {
  const message = `${file} names the Compose project ${project}, but this installation is ${locked}.`;
  return new UserError('COMPOSE_PROJECT_DIFFERS', message, {
    hint: `Set \`name: ${locked}\` in ${file}. Under another name, Docker Compose uses other volumes, and so other data. Nothing was changed.`,
  });
}

/** @returns `undefined` if the operator has none */
export async function readOverride(folder: string): Promise<OverrideFile | undefined> {
  for (const name of overrideNames) {
    const text = await readText(join(backendOf(folder), name));
    if (text !== undefined) return { name, text };
  }
  return undefined;
}

/** The variables that Compose files can use: of the shell, otherwise of backend/.env. */
export async function readVariables(
  { env }: Pick<Context, 'env'>,
  folder: string,
): Promise<Variables> {
  const text = await readText(join(backendOf(folder), '.env')).catch(() => undefined);
  return { ...parseEnv(text ?? ''), ...env };
}

/** How the services of an installation are reached: as Compose says, otherwise from the texts of its files. */
export async function readReach(
  context: Context,
  folder: string,
): Promise<ReadonlyMap<string, Reach>> {
  const project = await composeProject(folder, { renamed: true });
  const answer = await tryDocker(context, composeConfig(project), question).catch(
    (error: unknown) => {
      if (error instanceof UserError) return undefined;
      throw error;
    },
  );
  return reachFrom(context, folder, answer?.exitCode === 0 ? answer.stdout : undefined);
}

/** The same if Compose was asked already. @param merged its JSON; `undefined` if it could not be asked */
export async function reachFrom(
  context: Pick<Context, 'env'>,
  folder: string,
  merged: string | undefined,
): Promise<ReadonlyMap<string, Reach>> {
  const model = merged === undefined ? undefined : reachOfModel(merged);
  if (model !== undefined) return model;
  const own = (await readText(join(folder, composeFile))) ?? '';
  const override = await readOverride(folder);
  const texts = [own, ...(override === undefined ? [] : [override.text])];
  return reachOfServices(texts, await readVariables(context, folder));
}
