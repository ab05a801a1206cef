import { text } from 'node:stream/consumers';
import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { hostOf } from '../registry/docker-config.ts';
import { loadCredentials } from '../registry/load-credentials.ts';
import { readHelperState } from '../registry/register-helper.ts';
import { openSession } from '../registry/registry-session.ts';
import { faultLine } from '../reporter.ts';
import { visible } from '../visible.ts';

/** Docker recognizes "no such login" by this text (docker-credential-helpers, credentials/error.go). */
const notFound = 'credentials not found in native keychain';

/**
 * `docker-credential-proto-scaffold get|store|erase|list`, the protocol of docker-credential-helpers:
 * the server on stdin, the login as JSON on stdout. Errors also go to stdout, where Docker reads them.
 * @returns the exit code
 */
export async function credentialHelper(
  context: Context,
  verb: string | undefined,
): Promise<number> {
  switch (verb) {
    case 'get': {
      try {
        context.write(
          `${JSON.stringify(await get(context, hostOf(await text(context.stdin()))))}\n`,
        );
        return ExitCode.done;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        context.write(`${oneLine(error)}\n`);
        // Docker does not show stdout to the user, but it shows stderr.
        return error.code === 'HELPER_UNKNOWN_REGISTRY'
          ? error.exitCode
          : context.reporter.failure(error);
      }
    }
    // `docker login` has no effect: the next `get` requests its own token.
    case 'store':
    case 'erase':
      await text(context.stdin());
      return ExitCode.done;
    case 'list':
      context.write('{}\n');
      return ExitCode.done;
    default:
      context.write('Docker calls this program with get, store, erase or list.\n');
      return ExitCode.usage;
  }
}

function oneLine({ message, hint, faults }: UserError): string {
  return visible([message, ...faults.map(faultLine), hint].join(' ').replace(/\s+/g, ' ').trim());
}

async function get(context: Context, registry: string): Promise<object> {
  const { registries } = await readHelperState(context);
  const known = Object.hasOwn(registries, registry) ? registries[registry] : undefined;
  if (known === undefined) throw new UserError('HELPER_UNKNOWN_REGISTRY', notFound, { hint: '' });
  const credentials = await loadCredentials(context, known.credentials);
  using session = await openSession(context, credentials.aws);
  const { token } = session;
  if (token.registry !== registry) {
    // Never send a token to another registry.
    const message = `The credentials in ${known.credentials} are for ${token.registry}, but Docker asks for ${registry}.`;
    throw new UserError('AWS_ACCOUNT_MISMATCH', message, {
      hint: 'Run `proto-scaffold login --helper` with the credentials of that registry.',
    });
  }
  return { ServerURL: registry, Username: token.username, Secret: token.password.reveal() };
}
