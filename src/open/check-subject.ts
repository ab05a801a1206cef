import { resolve } from 'node:path';
import type { Subject } from '../checks/probes/subject.ts';
import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { findInstallation } from '../installation/find-installation.ts';
import { expectedRegistry } from '../installation/installation.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import { isReadable } from '../lib/fs/files.ts';
import { findCredentials, loadCredentials } from '../registry/load-credentials.ts';
import { loadTemplates } from '../release/load-templates.ts';
import { openInstallation } from './open-installation.ts';

export interface SubjectOptions {
  readonly dir?: string;
  readonly credentials?: string;
}

/**
 * What `check` inspects: the host, and the installation if there is one.
 * @throws UserError NOT_AN_INSTALLATION if --dir is not an installation
 */
export async function openSubject(
  context: Context,
  { dir, credentials }: SubjectOptions,
): Promise<Subject & AsyncDisposable> {
  const folder = await folderOf(context, dir);
  const account = await accountOf(context, folder, credentials);
  const common = account === undefined ? {} : { account };
  if (folder === undefined) {
    const templates = await loadTemplates(context);
    const place = resolve(context.cwd, 'proto');
    return { ...common, templates, place, async [Symbol.asyncDispose]() {} };
  }
  const open = {
    dir: folder,
    command: 'proto-scaffold check',
    changes: false,
    reportsDamage: true,
  };
  const installation = await openInstallation(context, open).catch((error) => {
    if (error instanceof UserError && isReported(error)) return error;
    throw error;
  });
  if (installation instanceof UserError) {
    const templates = await loadTemplates(context);
    const broken = installation;
    return { ...common, templates, place: folder, broken, async [Symbol.asyncDispose]() {} };
  }
  const close = () => installation[Symbol.asyncDispose]();
  try {
    const templates = await installedTemplates(context, installation.folder, installation.lock);
    return { ...common, templates, place: folder, installation, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A broken installation is one of the findings. That another command changes it is not. */
function isReported({ exitCode }: UserError): boolean {
  return exitCode !== ExitCode.held;
}

async function folderOf(context: Context, dir: string | undefined): Promise<string | undefined> {
  try {
    return await findInstallation(context, dir);
  } catch (error) {
    const none = error instanceof UserError && error.code === 'NOT_AN_INSTALLATION';
    if (none && dir === undefined) return undefined;
    throw error;
  }
}

/** A credentials file that was not passed explicitly may be missing or invalid. The other checks still run. */
async function accountOf(
  context: Context,
  folder: string | undefined,
  named: string | undefined,
): Promise<Subject['account']> {
  const file = await findCredentials(context, folder, named);
  if (named === undefined && !(await isReadable(file))) return undefined;
  try {
    const credentials = await loadCredentials(context, file);
    const { aws } = credentials;
    return { region: aws.region, registry: expectedRegistry(aws), credentials };
  } catch (error) {
    if (named !== undefined || !(error instanceof UserError)) throw error;
    context.reporter.notice(error.message);
    return undefined;
  }
}
