import * as z from 'zod';
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

/** @throws UserError HELPER_STATE_INVALID where it is damaged or of a newer format */
export function parseHelperRegistry(text: string | undefined, file: string): HelperRegistry {
  if (text === undefined) return { formatVersion: 1, registries: {} };
  let data: unknown;
  try {
    data = JSON.parse(text);
    return HelperRegistry.parse(data);
  } catch (cause) {
    if (isNewer(data)) {
      const message = `${file} is from a newer version of the program; this one knows format 1.`;
      const hint = 'Get the newer proto-scaffold from the vendor.';
      throw new UserError('HELPER_STATE_INVALID', message, { hint });
    }
    throw new UserError('HELPER_STATE_INVALID', `${file} is damaged.`, { cause });
  }
}

function isNewer(data: unknown): boolean {
  const version = (data as { formatVersion?: unknown } | null | undefined)?.formatVersion;
  return typeof version === 'number' && version > 1;
}

export function withRegistry(state: HelperRegistry, registry: string, credentials: string): string {
  const registries = { ...state.registries, [registry]: { credentials } };
  return `${JSON.stringify({ ...state, registries }, null, 2)}\n`;
}
