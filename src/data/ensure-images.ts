import { missingImages, pullImages } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';

/** Pulls what is not on the host, with the login that Docker has. @throws UserError REGISTRY_DENIED and the like */
export async function ensureImages(context: Context, images: readonly string[]): Promise<void> {
  const missing = await missingImages(context, [...new Set(images)]);
  try {
    await pullImages(context, missing);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'REGISTRY_DENIED') throw error;
    throw new UserError(error.code, `${error.message} Nothing was changed.`, {
      hint: 'A login lasts 12 hours: run `proto-scaffold login`, and then the command again.',
      cause: error,
    });
  }
}
