import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { carryOut } from './carry-out.ts';
import { makeFolder, removeTree, renameDurably, sha256, syncTree, writeNewFile } from './files.ts';
import { hashTree } from './hash-tree.ts';
import { expiredStates, listHistory, nextNumber, type SavedState } from './history.ts';
import { type Journal, type Step, stagedJournal } from './journal.ts';
import { type LateFile, lateFiles } from './late-file.ts';
import { giveTo, giveTreeTo, type Owner, ownerOf } from './ownership.ts';
import { lookAt, type PresentFile, readPresent } from './present-file.ts';
import type { RunGuard } from './run-guard.ts';
import { saveState } from './save-state.ts';
import {
  baseFolder,
  journalFile,
  lockFile,
  newFolder,
  stagedState,
  stagingFolder,
  stateFolder,
  twin,
} from './state-paths.ts';
import { checkTargets, type FileStep, type FolderTarget, missingFolders } from './targets.ts';

/** A file to be put in place. */
export interface FileToWrite {
  /** Below the installation, outside of `.proto`. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Of a file that is new; one that is there keeps its own, and its owner. */
  readonly mode: number;
  /** SHA-256 of the bytes that are there now; `undefined` where there is no file. */
  readonly expected: string | undefined;
}

/** What a change is remembered by. */
export interface ChangeRecord {
  /** As the operator would say it: `update to 2026.12.0`. */
  readonly why: string;
  readonly kind: SavedState['kind'];
  /** The release that is installed before the change. */
  readonly release: SavedState['release'];
}

export interface Committed {
  /** The number under which the state before the change is kept. */
  readonly history: number;
  /** What somebody saved in the very moment of the change. */
  readonly late: readonly LateFile[];
}

/**
 * A change of an installation, all or nothing: everything is staged below `.proto/staging`, and nothing else is
 * touched until `commit` puts it in place.
 */
export class Transaction {
  readonly #installation: string;
  readonly #guard: RunGuard;
  readonly #folderMode: (path: string) => number;
  readonly #owner: Owner;
  readonly #files: FileStep[] = [];
  readonly #folders: FolderTarget[] = [];
  #over = false;

  private constructor(
    installation: string,
    guard: RunGuard,
    folderMode: (path: string) => number,
    owner: Owner,
  ) {
    this.#installation = installation;
    this.#guard = guard;
    this.#folderMode = folderMode;
    this.#owner = owner;
  }

  /**
   * @param installation absolute path; `recover` has run since the guard was taken
   * @param folderMode of folders to be made, by path below the installation
   * @throws UserError FOLDER_READ_ONLY, DISK_FULL
   */
  static async open(
    installation: string,
    guard: RunGuard,
    folderMode: (path: string) => number,
  ): Promise<Transaction> {
    if ((await lookAt(installation, stagingFolder)) !== undefined) {
      throw new Error('a transaction is open already, or what a dead one left was not removed');
    }
    const owner = await ownerOf(join(installation, stateFolder));
    await makeFolder(installation, newFolder, () => 0o700, owner);
    return new Transaction(installation, guard, folderMode, owner);
  }

  /** Stages a file. @throws UserError DISK_FULL and the like */
  async write({ path, content, mode, expected }: FileToWrite): Promise<void> {
    await this.#stage(path, content, mode);
    this.#files.push({ kind: 'write', path, before: expected ?? null, after: sha256(content) });
  }

  /** @param expected SHA-256 of the bytes that are there now */
  remove(path: string, expected: string): void {
    this.#files.push({ kind: 'remove', path, before: expected });
  }

  /** @returns absolute path of an empty folder, which is to be filled and replaces the one at `path` */
  async replaceFolder(path: string): Promise<string> {
    const staged = twin(newFolder, path);
    await makeFolder(this.#installation, dirname(staged), () => 0o700, this.#owner);
    await makeFolder(this.#installation, staged, () => this.#folderMode(path), this.#owner);
    this.#folders.push({ path, goes: false });
    return this.#at(staged);
  }

  /** The folder goes; it is kept in history. */
  removeFolder(path: string): void {
    this.#folders.push({ path, goes: true });
  }

  /** Stages the merge base of the next update: all of it, by path. */
  async setBase(files: ReadonlyMap<string, string>): Promise<void> {
    await this.replaceFolder(baseFolder);
    for (const [path, text] of files) await this.#stage(`${baseFolder}/${path}`, text, 0o600);
  }

  /** Stages lock.json, which is put in place last. */
  async setLock(text: string): Promise<void> {
    const present = await readPresent(this.#installation, lockFile);
    await this.write({ path: lockFile, content: text, mode: 0o600, expected: present?.sha256 });
  }

  /**
   * Looks whether `commit` could be made: for a caller that is about to do what can not be undone.
   * @throws UserError FILE_CHANGED_MEANWHILE, PATH_IN_THE_WAY, FOLDER_READ_ONLY
   */
  async check(): Promise<void> {
    await checkTargets(this.#installation, this.#files, this.#folders);
  }

  /**
   * Keeps the present state in history and makes the change. From the moment on at which the journal is there, a
   * crash is made good by `recover`.
   * @throws UserError as `check`, INSTALLATION_HELD, DISK_FULL, and what `carryOut` throws
   */
  async commit(record: ChangeRecord): Promise<Committed> {
    const journal = await this.#prepare(record);
    await this.#guard.assertHeld();
    // Once more: while the state was copied and synced, somebody may have saved a file.
    await this.check();
    await renameDurably(this.#at(stagedJournal.forward), this.#at(journalFile));
    this.#over = true;
    await carryOut({ installation: this.#installation, journal });
    const { history } = journal;
    return { history, late: await lateFiles(this.#installation, history) };
  }

  /** Removes what was staged. After a commit there is nothing left to remove. */
  async discard(): Promise<void> {
    // A journal that could not be synced is in place all the same, and needs what it speaks of.
    if (this.#over || (await lookAt(this.#installation, journalFile)) !== undefined) return;
    this.#over = true;
    await removeTree(this.#at(stagingFolder));
  }

  async #stage(path: string, content: string | Uint8Array, mode: number): Promise<void> {
    const staged = twin(newFolder, path);
    await makeFolder(this.#installation, dirname(staged), () => 0o700, this.#owner);
    await writeNewFile(this.#installation, { path: staged, content, mode });
    await giveTo(this.#at(staged), this.#owner);
  }

  async #prepare({ why, kind, release }: ChangeRecord): Promise<Journal> {
    const present = await checkTargets(this.#installation, this.#files, this.#folders);
    const history = await nextNumber(this.#installation);
    const expired = expiredStates(await listHistory(this.#installation), kind);
    const savedAt = new Date().toISOString();
    await makeFolder(this.#installation, stagedState, () => 0o700, this.#owner);
    await saveState(
      this.#installation,
      {
        ...{ n: history, savedAt, release, why, kind },
        touched: this.#files.map(({ path }) => path).filter((path) => path !== lockFile),
        baseMoves: this.#folders.some(({ path }) => path === baseFolder),
      },
      this.#owner,
    );
    await this.#settleModes(present);
    const { pid, host, startedAt } = this.#guard.holder;
    const steps = await this.#steps();
    const holder = { pid, host, startedAt };
    const journal: Journal = {
      ...{ formatVersion: 1, direction: 'forward', why, holder, history, steps, expired },
    };
    await this.#stageJournals(journal);
    await syncTree(this.#at(stagingFolder));
    return journal;
  }

  /** What replaces a file of the operator's looks like it, but for the content. */
  async #settleModes(present: ReadonlyMap<string, PresentFile>): Promise<void> {
    for (const { path, goes } of this.#folders) {
      if (!goes) await giveTreeTo(this.#at(twin(newFolder, path)), this.#owner);
    }
    for (const { kind, path } of this.#files) {
      const replaced = present.get(path);
      if (kind === 'remove' || replaced === undefined) continue;
      const staged = this.#at(twin(newFolder, path));
      await chmod(staged, replaced.mode);
      await giveTo(staged, replaced.owner);
    }
  }

  async #steps(): Promise<Step[]> {
    const put = [...this.#files, ...this.#folders].map(({ path }) => path);
    const missing = await missingFolders(this.#installation, put);
    const isState = ({ path }: { path: string }) => path.startsWith(`${stateFolder}/`);
    const all: Step[] = [...(await this.#folderSteps()), ...this.#files];
    return [
      ...missing.map((path): Step => ({ kind: 'make', path, mode: this.#folderMode(path) })),
      ...all.filter((step) => !isState(step)),
      ...all.filter(isState),
    ];
  }

  #folderSteps(): Promise<Step[]> {
    const steps = this.#folders.map(async ({ path, goes }): Promise<Step> => {
      const after = goes ? null : await hashTree(this.#at(twin(newFolder, path)));
      return { kind: 'folder', path, after };
    });
    return Promise.all(steps);
  }

  async #stageJournals(journal: Journal): Promise<void> {
    for (const direction of ['forward', 'back'] as const) {
      const path = stagedJournal[direction];
      const content = `${JSON.stringify({ ...journal, direction }, null, 2)}\n`;
      await writeNewFile(this.#installation, { path, content, mode: 0o600 });
      await giveTo(this.#at(path), this.#owner);
    }
  }

  #at(path: string): string {
    return join(this.#installation, path);
  }
}

export const openTransaction = Transaction.open;
