import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { loadCredentials } from '../steps/load-credentials.ts';
import { mustHaveHelper, registerHelper } from '../steps/register-helper.ts';
import { loginDocker, openSession } from '../steps/registry-session.ts';

export interface LoginOptions {
  readonly credentials: string;
  /** Register the credential helper instead of storing a token. */
  readonly helper: boolean;
}

/** The registry login alone: for the day after the token's 12 hours, or for good with the helper. */
export async function login(context: Context, options: LoginOptions): Promise<number> {
  const { reporter } = context;
  if (options.helper) await mustHaveHelper(context);
  const credentials = await loadCredentials(context, options.credentials);
  await openSession(context, credentials.aws, async ({ token }) => {
    if (options.helper) {
      const registered = await registerHelper(context, token.registry, options.credentials);
      reporter.line(`Docker now asks docker-credential-proto-scaffold for ${token.registry}.`);
      reporter.line(`  written to ${registered.dockerConfig}; no token lies on the disk`);
      reporter.result({ registry: token.registry, helper: true, ...registered });
      return;
    }
    await loginDocker(context, token);
    const until = token.expiresAt?.toISOString();
    reporter.line(
      `Docker is logged in to ${token.registry}${until === undefined ? '' : ` until ${until}`}.`,
    );
    reporter.result({
      registry: token.registry,
      helper: false,
      ...(until && { expiresAt: until }),
    });
  });
  return ExitCode.done;
}
