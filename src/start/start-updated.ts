import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { tellStarted } from './report-started.ts';
import { type StartedPlatform, type StartOptions, startPlatform } from './start-platform.ts';

/**
 * Starts what an update has left stopped.
 * @param state the number of the state before, in history; absent where nothing was new
 * @throws UserError as `startPlatform`; the way back is named where the new release does not do
 */
export async function startUpdated(
  context: Context,
  folder: string,
  { wait, credentials, ignore }: StartOptions,
  state?: number,
): Promise<StartedPlatform> {
  try {
    const started = await startPlatform(context, folder, { wait, credentials, ignore });
    tellStarted(context, started);
    return started;
  } catch (error) {
    if (!(error instanceof UserError) || state === undefined) throw error;
    const { code, message, hint, faults, evidence, cause } = error;
    const back = `\`proto-scaffold rollback ${state}\` goes back to the release before.`;
    throw new UserError(code, `The update is done, but the new release does not run. ${message}`, {
      hint: code === 'VALUES_UNSET' ? `${hint} Or: ${back}` : `${back} ${hint}`,
      faults,
      evidence,
      cause,
    });
  }
}
