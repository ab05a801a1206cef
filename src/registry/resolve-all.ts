import { type ErrorCode, UserError } from '../errors.ts';
import type { RegistryAccess } from './registry-access.ts';
import { type Asked, nameOf } from './registry-errors.ts';
import { type ResolvedManifest, resolveManifest } from './resolve.ts';

/** How many requests are under way at once. */
const lanes = 6;

/** What says something of one repository alone, so that the others are worth asking. */
const ofOneRepository: readonly ErrorCode[] = [
  'REPOSITORY_UNKNOWN',
  'RELEASE_UNKNOWN',
  'REGISTRY_DENIED',
];

interface Missing {
  readonly asked: Asked;
  readonly error: UserError;
}

/**
 * Resolves all, side by side, in the order asked.
 *
 * @throws UserError as `resolveManifest` does; where several are missing or denied, one error with
 *   a fault for each
 */
export async function resolveAll(
  access: RegistryAccess,
  wanted: readonly Asked[],
): Promise<ResolvedManifest[]> {
  const found: ResolvedManifest[] = [];
  const missing: Missing[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(access.signal ? [access.signal] : [])]);
  const queue = wanted.entries();
  const lane = async () => {
    for (const [index, asked] of queue) {
      try {
        found[index] = await resolveManifest({ ...access, signal }, asked);
      } catch (error) {
        if (!(error instanceof UserError) || !ofOneRepository.includes(error.code)) throw error;
        missing.push({ asked, error });
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    stop.abort();
  }
  if (missing.length > 0) throw inOne(missing, wanted, access.url.host);
  return found;
}

function inOne(missing: readonly Missing[], wanted: readonly Asked[], host: string): UserError {
  const [first, second] = missing as readonly [Missing, ...Missing[]];
  if (second === undefined) return first.error;
  const sorted = missing.toSorted((a, b) => wanted.indexOf(a.asked) - wanted.indexOf(b.asked));
  const faults = sorted.map(({ asked, error }) => ({
    file: `${host}/${nameOf(asked)}`,
    message: error.message,
  }));
  const message = `${missing.length} of ${wanted.length} repositories could not be resolved at ${host}.`;
  const { code, hint } = first.error;
  return new UserError(code, message, { hint, faults });
}
