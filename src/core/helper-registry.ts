import { z } from 'zod';
import { UserError } from '../errors.ts';

/**
 * Which credentials file opens which registry, for the credential helper: Docker calls it from any folder.
 * Kept in `~/.config/proto-scaffold/registries.json`; no secret stands in it.
 */
const HelperRegistry = z.object({
  formatVersion: z.literal(1),
  /** By host of the registry. */
  registries: z.record(z.string(), z.object({ credentials: z.string() })),
});
export type HelperRegistry = z.infer<typeof HelperRegistry>;

/** @throws UserError HELPER_STATE_INVALID */
export function parseHelperRegistry(text: string | undefined, file: string): HelperRegistry {
  if (text === undefined) return { formatVersion: 1, registries: {} };
  try {
    return HelperRegistry.parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError('HELPER_STATE_INVALID', `${file} is damaged.`, { cause });
  }
}

export function withRegistry(state: HelperRegistry, registry: string, credentials: string): string {
  const registries = { ...state.registries, [registry]: { credentials } };
  return `${JSON.stringify({ ...state, registries }, null, 2)}\n`;
}
