import * as z from 'zod';

/**
 * `.proto/home.json`: where this installation was last used, and the data that it had there. Not a part of a release's
 * state: an update, a rollback and a restore leave it.
 */

export const homeFile = '.proto/home.json';

const Volume = z.object({
  /** The name of the volume in the engine. */
  name: z.string(),
  /** As the engine says (RFC 3339). Some volume drivers do not say it. */
  createdAt: z.string().optional(),
});

const HomeFile = z.object({
  formatVersion: z.literal(1),
  /** Absolute path of the installation, without links. */
  folder: z.string(),
  /** When the platform was first seen with data (RFC 3339, UTC). */
  since: z.string().optional(),
  /** The volumes with data, by place: `postgres:/var/lib/postgresql/data`. */
  volumes: z.record(z.string(), Volume),
  /** When the owner volume was made, as the engine says. */
  ownerCreatedAt: z.string().optional(),
});
export type Home = z.infer<typeof HomeFile>;

export function stringifyHome(home: Omit<Home, 'formatVersion'>): string {
  return `${JSON.stringify({ formatVersion: 1, ...home }, null, 2)}\n`;
}

/** @returns `undefined` if there is none, or it is damaged; it is then replaced at the next start */
export function parseHome(text: string | undefined): Home | undefined {
  try {
    return HomeFile.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}
