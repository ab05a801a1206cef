import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { readLock } from '../installation/read-installation.ts';
import { readText } from '../lib/fs/files.ts';
import { composeFile } from '../release/layout.ts';
import { backendOf, type ComposeProject } from './docker.ts';
import { type OverrideFile, overrideNames } from './override.ts';
import { namedProject } from './redirects.ts';

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
