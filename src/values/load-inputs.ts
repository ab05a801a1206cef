import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { Credentials } from '../registry/credentials.ts';
import { loadCredentials } from '../registry/load-credentials.ts';
import type { Release } from '../release/release.ts';
import { type GivenValues, loadValues } from './load-values.ts';
import type { Values } from './values.ts';

/**
 * Credentials and values together, so that the faults of both are told at once.
 * @throws UserError of the one that is wrong; where both are, the first one's code with all faults
 */
export async function loadInputs(
  context: Context,
  release: Release,
  credentialsFile: string,
  given: GivenValues,
): Promise<{ credentials: Credentials; values: Values }> {
  const [credentials] = await Promise.allSettled([loadCredentials(context, credentialsFile)]);
  const hosting = credentials.status === 'fulfilled' ? credentials.value.hosting : undefined;
  const [values] = await Promise.allSettled([loadValues(context, release, given, hosting)]);
  if (credentials.status === 'fulfilled' && values.status === 'fulfilled') {
    return { credentials: credentials.value, values: values.value };
  }
  const errors = [credentials, values].flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  const [first, second] = errors;
  if (!(first instanceof UserError) || !(second instanceof UserError)) throw first;
  throw new UserError(first.code, `${first.message} ${second.message}`, {
    hint: `${first.hint} ${second.hint}`,
    faults: [...first.faults, ...second.faults],
  });
}
