import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { ensureImages } from '../compose/platform.ts';
import { tryDocker } from '../compose/run-docker.ts';
import type { Context } from '../context.ts';
import { withDatabase, withVolumes } from '../data/data-container.ts';
import { execWithInput, runSql } from '../data/docker-data.ts';
import { gatherData, measure, type PlatformData, runningDatabase } from '../data/gather-data.ts';
import { askHash, databaseWords, readHash, setHash } from '../data/restore-sql.ts';
import { UserError } from '../errors.ts';
import type { Installation } from '../installation/read-installation.ts';
import type { Release } from '../release/release.ts';
import { isUnderWay } from '../transaction/recover.ts';
import { removeRotationMarker, setRotationMarker } from './rotation-marker.ts';

/** Something outside of the files that is changed with them, and restored if the files cannot be changed. */
export interface Outside {
  /**
   * Called after all files are staged, and before the first is written.
   * @param files SHA-256 of their new content, by path
   */
  make(files: Readonly<Record<string, string>>): Promise<void>;
  undo(): Promise<void>;
}

/**
 * The database, which stores a copy of its password.
 * @returns `undefined` if it has never run: it reads the password from its file only at the first start
 *   (https://hub.docker.com/_/postgres, POSTGRES_PASSWORD)
 * @throws UserError docker's codes: without an engine it is unknown whether the database exists
 */
export async function gatherPasswordKeeper(
  context: Context,
  { folder, lock }: Installation,
  release: Release,
): Promise<PlatformData | undefined> {
  const data = await gatherData(context, folder, lock, release);
  if ((await runningDatabase(context, data)) !== undefined) return data;
  const { project, database } = data;
  const own = data.places.filter((place) =>
    database.places.some(({ volume }) => volume === place.volume),
  );
  if (own.length === 0) return undefined;
  await ensureImages(context, [database.image]);
  const dataContainer = { project, image: database.image, userns: database.userns };
  const sizes = await withVolumes(context, dataContainer, own, true, (held) =>
    measure(context, held, own),
  );
  return sizes.size > 0 ? data : undefined;
}

/**
 * Provides `use` with a way to change the database's password. A stopped database is started temporarily, without a
 * network. The connection uses its socket and its own user, so the old password is not needed.
 * @throws UserError ROTATION_FAILED with nothing changed; ROTATION_UNFINISHED
 */
export async function withNewPassword<T>(
  context: Context,
  { folder }: Installation,
  data: PlatformData,
  secret: { readonly name: string; readonly value: string },
  use: (outside: Outside) => Promise<T>,
): Promise<T> {
  const { database, project } = data;
  const { owner } = database;
  // Ctrl-C works before and after, but not in between: the request of a killed client might still be executed.
  const calm = { ...context, signal: new AbortController().signal };
  const within = async (container: string) => {
    const before = readHash(await sql(context, container, owner, askHash(owner)));
    if (before === undefined) {
      throw new UserError('ROTATION_FAILED', `The database user ${owner} does not exist.`);
    }
    return use({
      async make(files) {
        const hash = await scramVerifier(secret.value);
        await setRotationMarker(folder, secret.name, files);
        await sql(calm, container, owner, setHash(owner, hash));
      },
      async undo() {
        if (await isUnderWay(folder)) throw unfinished();
        try {
          const now = readHash(await sql(calm, container, owner, askHash(owner)));
          if (now !== before) await sql(calm, container, owner, setHash(owner, before));
        } catch (cause) {
          throw unfinished(cause);
        }
        await removeRotationMarker(folder);
      },
    });
  };
  const running = await runningDatabase(context, data);
  if (running === undefined) {
    context.reporter.step(
      'The database is stopped: starting it temporarily to change its password',
    );
  }
  try {
    const done =
      running !== undefined
        ? await within(running)
        : await withDatabase(context, project, database, database.isReady, ({ container }) =>
            within(container),
          );
    await removeRotationMarker(folder);
    return done;
  } catch (error) {
    // The files have the new password, too, so the rotation need not be repeated.
    if (error instanceof UserError && error.left === 'done') await removeRotationMarker(folder);
    throw error;
  }
}

function unfinished(cause?: unknown): UserError {
  const message = 'The database and the files may now have different passwords.';
  return new UserError('ROTATION_UNFINISHED', message, { cause });
}

/** The statements time out earlier. This limit is for an engine that hangs. */
const patience = 60_000;

async function sql(
  context: Context,
  container: string,
  owner: string,
  input: string,
): Promise<string> {
  // template1 exists in every cluster.
  const command = execWithInput(container, runSql(owner, 'template1'));
  const options = { input, timeoutMs: patience };
  const { exitCode, stdout, stderr } = await tryDocker(context, command, options);
  if (exitCode === 0) return stdout;
  const said = databaseWords(stderr);
  throw new UserError('ROTATION_FAILED', `The database rejected the statement: ${said}`);
}

const iterations = 4096;

/**
 * A password in PostgreSQL's stored form (RFC 5803, RFC 7677; PostgreSQL's scram-common.c), which psql's `\password`
 * also sends. For ASCII only, which SASLprep does not change.
 * @param salt 16 bytes
 */
export async function scramVerifier(password: string, salt = randomBytes(16)): Promise<string> {
  const salted = await promisify(pbkdf2)(password, salt, iterations, 32, 'sha256');
  const keyed = (name: string) => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  const server = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${server}`;
}
