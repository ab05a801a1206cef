import { loginDocker } from '../compose/bring-images.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { enclosingInstallation } from '../installation/find-installation.ts';
import { localTime } from '../lib/terminal/local-time.ts';
import { warnOfSudo } from '../lib/terminal/warn-of-sudo.ts';
import { hasHelper } from '../registry/docker-config-file.ts';
import type { RegistryToken } from '../registry/ecr.ts';
import { findCredentials, loadCredentials } from '../registry/load-credentials.ts';
import { mustHaveHelper, registerHelper } from '../registry/register-helper.ts';
import { openSession } from '../registry/registry-session.ts';

export interface LoginOptions {
  readonly credentials?: string;
  /** Register the credential helper instead of storing a token. */
  readonly helper: boolean;
}

/** Only logs Docker in to the registry: for 12 hours with a token, or permanently with the helper. */
export async function login(context: Context, options: LoginOptions): Promise<number> {
  const { reporter } = context;
  if (options.helper) await mustHaveHelper(context);
  warnOfSudo(context);
  const around = await enclosingInstallation(context.cwd);
  const file = await findCredentials(context, around, options.credentials);
  const credentials = await loadCredentials(context, file);
  using session = await openSession(context, credentials.aws);
  const { token } = session;
  if (options.helper) {
    const registered = await registerHelper(context, token.registry, file);
    reporter.line(`Docker now uses docker-credential-proto-scaffold for ${token.registry}.`);
    reporter.line(`  Updated ${registered.dockerConfig}. No token is stored on the disk.`);
    reporter.result({ registry: token.registry, helper: true, ...registered });
    return ExitCode.done;
  }
  await loginDocker(context, token);
  const { expiresAt } = token;
  reporter.line(`Docker is logged in to ${token.registry}${await howLong(context, token)}.`);
  reporter.result({
    registry: token.registry,
    helper: false,
    ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
  });
  return ExitCode.done;
}

async function howLong(context: Context, { registry, expiresAt }: RegistryToken): Promise<string> {
  if (await hasHelper(context, registry)) return ' and gets a new login for every pull';
  if (expiresAt === undefined) return '';
  return ` until ${localTime(expiresAt, -expiresAt.getTimezoneOffset())}`;
}
