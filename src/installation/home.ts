import * as z from 'zod';
import { UserError } from '../errors.ts';

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
  /** The identity of the installation: the file of another one does not count. */
  installation: z.string(),
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

/** @throws UserError LOCK_INVALID if the file is damaged, or from a newer version of proto-scaffold */
export function parseHome(text: string, file: string): Home {
  try {
    return HomeFile.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${file} is damaged, or from a newer version of proto-scaffold.`;
    throw new UserError('LOCK_INVALID', message, {
      hint: 'It says which data this installation had. If the volumes of the platform are the right ones (docker volume ls), remove the file and run `proto-scaffold adopt`. Nothing was changed.',
      cause,
    });
  }
}
