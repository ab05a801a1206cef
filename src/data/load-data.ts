import { tryDocker } from '../compose/run-docker.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { randomSuffix } from '../lib/fs/random.ts';
import type { Command } from '../lib/process/process.ts';
import { runStreaming, type StreamingChild } from '../lib/process/run-streaming.ts';
import { type Held, keptAt } from './data-container.ts';
import { copyIn, dumpRoles, execIn, execWithInput, loadDatabase, runSql } from './docker-data.ts';
import { guardFunctions, releaseFunctions } from './guard-sql.ts';
import {
  databaseWords,
  dropLoading,
  dropReplaced,
  hasDatabase,
  loadingName,
  makeLoading,
  missingRoles,
  swapIn,
  swapOut,
} from './restore-sql.ts';
import {
  dropLoadingFolder,
  dropReplacedFolder,
  loadingFolder,
  makeLoadingFolder,
  swapInInVolume,
  swapOutInVolume,
} from './restore-volume.ts';
import { RolesFault } from './role-statements.ts';

/** Data that is loaded next to the current data, and then replaces it. */
export interface Loading {
  /** The name of the backup part that it is loaded from. */
  readonly part: string;
  prepare(): Promise<void>;
  /** The program that reads the part's bytes. */
  readonly command: Command;
  /** Called on the same object as `prepare`, after all bytes have been read. */
  loaded(): Promise<void>;
  swapIn(): Promise<void>;
  /** After a failed `swapIn`: whether any of it took effect, for example if only the response was lost. */
  hasBegun(): Promise<boolean>;
  /** The same if it is unknown whether that was already done, fully or partly. */
  completePlace(): Promise<void>;
  /** Restores the replaced data. Call it after `swapIn` of the same object. */
  swapOut(): Promise<void>;
  /** Removes the replaced data. */
  finish(): Promise<void>;
  /** Removes the loaded data if it was not swapped in. */
  drop(): Promise<void>;
}

/** Renames the new database in one transaction. A failure leaves the old one. */
export function databaseLoading(
  context: Context,
  { container }: Held,
  { owner, name }: { readonly owner: string; readonly name: string },
  part: string,
  roles: string,
): Loading {
  // template1 exists in every cluster and is not in use.
  const sql = async (input: string, lenient = false, database = 'template1') => {
    const command = execWithInput(container, runSql(owner, database, lenient));
    return must(context, command, 'the database', input);
  };
  // Random, because a name that is known could be in the dump.
  const guard = `proto_scaffold_${randomSuffix()}`;
  const has = async (database: string) => (await sql(hasDatabase(database))).trim() === '1';
  const before = { roles: '', replaced: false };
  const swapInForOld = async () => {
    const replaces = await has(name);
    await sql(dropReplaced(name));
    before.roles = await must(context, execIn(container, dumpRoles(owner)), 'the roles');
    before.replaced = replaces;
    // Read now, not only at `swapOut`, which must not fail.
    withRoles('of the current database', () => swapOut(name, before.roles, replaces));
    await sql(withRoles('of the backup', () => swapIn(name, roles, replaces)));
  };
  return {
    part,
    async prepare() {
      const missing = withRoles('of the backup', () => missingRoles(roles));
      await sql(makeLoading(name));
      await sql(missing, true);
      await sql(guardFunctions(guard), false, loadingName(name));
    },
    command: execWithInput(container, loadDatabase(owner, loadingName(name))),
    loaded: async () => void (await sql(releaseFunctions(guard), false, loadingName(name))),
    swapIn: swapInForOld,
    // All or nothing: a database next to the old one does not have its name yet.
    hasBegun: async () => !(await has(loadingName(name))),
    async completePlace() {
      if (await has(loadingName(name))) await swapInForOld();
    },
    swapOut: async () => void (await sql(swapOut(name, before.roles, before.replaced))),
    finish: async () => void (await sql(dropReplaced(name))),
    drop: async () => void (await sql(dropLoading(name))),
  };
}

function withRoles<T>(whose: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof RolesFault)) throw error;
    const message = `Cannot restore the roles ${whose}: ${error.message}.`;
    throw new UserError('RESTORE_FAILED', message, { cause: error });
  }
}

export function volumeLoading(
  context: Context,
  { container }: Held,
  part: string,
  volume: string,
): Loading {
  const at = keptAt(volume);
  const script = async (text: string) => {
    await must(context, execIn(container, ['sh', '-c', text, at, volume]), `volume ${volume}`);
  };
  return {
    part,
    prepare: () => script(makeLoadingFolder),
    command: copyIn(container, `${at}/${loadingFolder}`),
    loaded: async () => {},
    swapIn: () => script(swapInInVolume),
    hasBegun: async () => true,
    completePlace: () => script(swapInInVolume),
    swapOut: () => script(swapOutInVolume),
    finish: () => script(dropReplacedFolder),
    drop: () => script(dropLoadingFolder),
  };
}

/** Passes the bytes of each part to the program that loads it. */
export class Loader {
  readonly #context: Context;
  readonly #loadings: ReadonlyMap<string, Loading>;
  #child: StreamingChild | undefined;

  constructor(context: Context, loadings: readonly Loading[]) {
    this.#context = context;
    this.#loadings = new Map(loadings.map((loading) => [loading.part, loading]));
  }

  async bytes(part: string, bytes: Buffer): Promise<void> {
    const loading = this.#loadings.get(part);
    if (loading === undefined) return;
    const { env, signal } = this.#context;
    this.#child ??= await runStreaming(loading.command, { env, signal });
    await this.#child.write(bytes);
  }

  async partEnd(part: string): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.closeStdin();
    const { exitCode, stderr } = await child.ended();
    this.#child = undefined;
    if (exitCode !== 0) throw failed(part, stderr);
  }

  async kill(): Promise<void> {
    await this.#child?.kill();
  }
}

async function must(
  context: Context,
  command: Command,
  what: string,
  input?: string,
): Promise<string> {
  const options = input === undefined ? {} : { input };
  const { exitCode, stdout, stderr } = await tryDocker(context, command, options);
  if (exitCode !== 0) throw failed(what, stderr);
  return stdout;
}

function failed(what: string, stderr: string): UserError {
  return new UserError('RESTORE_FAILED', `Loading ${what} failed: ${databaseWords(stderr)}`);
}
