import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, renameDurably, sha256, writeNewFile } from '../lib/fs/files.ts';
import { ownerOf } from '../lib/fs/ownership.ts';
import { lookAt, readPresent } from '../lib/fs/present-file.ts';
import { removeTree } from '../lib/fs/remove-tree.ts';
import { baseFolder, lockFile, stateFolder } from '../release/layout.ts';
import { type ConcurrentEdit, concurrentEditsOf } from './concurrent-edit.ts';
import {
  type ChangeRecord,
  checkTargets,
  type FileStep,
  type FolderTarget,
  type Journal,
  prepareJournal,
  type StagingPlace,
  stagedJournal,
} from './journal.ts';
import type { RunGuard } from './run-guard.ts';
import { runJournal } from './run-journal.ts';
import { foreignFiles } from './save-state.ts';
import { journalFile, newFolder, stagingFolder, twin } from './state-paths.ts';

/** A file to write. */
export interface FileToWrite {
  /** Below the installation, outside of `.proto`. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Mode of a new file. An existing file keeps its mode and owner. */
  readonly mode: number;
  /** SHA-256 of the current bytes; `undefined` if the file does not exist. */
  readonly expected: string | undefined;
}

export interface Committed {
  /** The number of the saved state from before the change. */
  readonly history: number;
  /** Files that were saved during the change. */
  readonly concurrentEdits: readonly ConcurrentEdit[];
}

/**
 * An atomic change of an installation: everything is staged below `.proto/staging`, and nothing else is
 * changed until `commit`.
 */
export class Transaction implements AsyncDisposable {
  readonly #place: StagingPlace;
  readonly #guard: RunGuard;
  readonly #files: FileStep[] = [];
  readonly #folders: FolderTarget[] = [];
  #journal: Journal | undefined;
  #over = false;

  private constructor(place: StagingPlace, guard: RunGuard) {
    this.#place = place;
    this.#guard = guard;
  }

  /**
   * @param installation absolute path; `recover` has run since the guard was acquired
   * @param folderMode mode of new folders, by path below the installation
   * @param tell reports what a file of the operator loses, before it is replaced
   * @throws UserError FOLDER_READ_ONLY, DISK_FULL
   */
  static async open(
    installation: string,
    guard: RunGuard,
    folderMode: (path: string) => number,
    tell?: StagingPlace['tell'],
  ): Promise<Transaction> {
    if ((await lookAt(installation, stagingFolder)) !== undefined) {
      throw new Error('a transaction is open already, or what a dead one left was not removed');
    }
    const owner = await ownerOf(join(installation, stateFolder));
    try {
      await makeFolder(installation, newFolder, () => 0o700, owner);
    } catch (error) {
      // The next command removes what cannot be removed now.
      await removeTree(join(installation, stagingFolder)).catch(() => undefined);
      throw error;
    }
    return new Transaction({ installation, folderMode, owner, tell }, guard);
  }

  /** Stages a file. @throws UserError DISK_FULL and similar */
  async write({ path, content, mode, expected }: FileToWrite): Promise<void> {
    await this.#stage(path, content, mode);
    this.#files.push({ kind: 'write', path, before: expected ?? null, after: sha256(content) });
  }

  /** @param expected SHA-256 of the current bytes */
  remove(path: string, expected: string): void {
    this.#files.push({ kind: 'remove', path, before: expected });
  }

  /** @returns absolute path of an empty folder for the caller to fill; it replaces the one at `path` */
  async replaceFolder(path: string): Promise<string> {
    const staged = twin(newFolder, path);
    await makeFolder(this.#place.installation, dirname(staged), () => 0o700, this.#place.owner);
    await makeFolder(
      this.#place.installation,
      staged,
      () => this.#place.folderMode(path),
      this.#place.owner,
    );
    this.#folders.push({ path, goes: false });
    return this.#at(staged);
  }

  /** Removes the folder. It is kept in history. */
  removeFolder(path: string): void {
    this.#folders.push({ path, goes: true });
  }

  /** Stages the merge base of the next update: all of it, by path. */
  async setBase(files: ReadonlyMap<string, string>): Promise<void> {
    await this.replaceFolder(baseFolder);
    for (const [path, text] of files) await this.#stage(`${baseFolder}/${path}`, text, 0o600);
    for (const path of await foreignFiles(this.#place.installation)) {
      if (files.has(path)) continue;
      // One that this user cannot read stays in the old folder, which becomes part of the saved state.
      const present = await readPresent(this.#place.installation, `${baseFolder}/${path}`).catch(
        () => undefined,
      );
      if (present === undefined) continue;
      await this.#stage(`${baseFolder}/${path}`, present.bytes, present.mode);
    }
  }

  /** Stages lock.json, which is replaced last. */
  async setLock(text: string): Promise<void> {
    const present = await readPresent(this.#place.installation, lockFile);
    await this.write({ path: lockFile, content: text, mode: 0o600, expected: present?.sha256 });
  }

  /** SHA-256 of the new content of each file, by path. */
  get hashes(): Readonly<Record<string, string>> {
    const written = this.#files.flatMap((file) => (file.kind === 'write' ? [file] : []));
    return Object.fromEntries(written.map(({ path, after }) => [path, after]));
  }

  /** SHA-256 of the staged lock.json, which later shows whether the change was applied. */
  get lockHash(): string {
    const lock = this.#files.find(({ path }) => path === lockFile);
    if (lock?.kind !== 'write') throw new Error('no lock file was staged');
    return lock.after;
  }

  /**
   * Checks whether `commit` would succeed, for a caller that is about to do something irreversible.
   * @throws UserError FILE_CHANGED_MEANWHILE, PATH_IN_THE_WAY, FOLDER_READ_ONLY
   */
  async check(): Promise<void> {
    await checkTargets(this.#place.installation, this.#files, this.#folders);
  }

  /**
   * Copies the current state, and syncs everything that was staged: only renames are left for `commit`. Nothing can be
   * staged after this.
   * @throws UserError as `check`; DISK_FULL
   */
  async prepare(record: ChangeRecord): Promise<void> {
    const staged = { ...this.#place, files: this.#files, folders: this.#folders };
    this.#journal = await prepareJournal(staged, record, this.#guard.holder);
  }

  /**
   * Saves the current state in history and applies the change, including `prepare`. Once the journal exists,
   * `recover` completes the change after a crash.
   * @throws UserError as `check`, INSTALLATION_HELD, DISK_FULL, and what `runJournal` throws
   */
  async commit(record: ChangeRecord): Promise<Committed> {
    if (this.#journal === undefined) await this.prepare(record);
    const journal = this.#journal as unknown as Journal;
    await this.#guard.assertHeld();
    // Again: a file may have been saved while the state was copied and synced.
    await this.check();
    await this.#putJournal();
    this.#over = true;
    await runJournal({ installation: this.#place.installation, journal });
    const { history } = journal;
    return { history, concurrentEdits: await concurrentEditsOf(this.#place.installation, history) };
  }

  /** Whether all files are unchanged: nothing was applied, or everything was rolled back. */
  async isUndone(): Promise<boolean> {
    const { installation } = this.#place;
    if ((await lookAt(installation, journalFile)) !== undefined) return false;
    return (await readPresent(installation, lockFile))?.sha256 !== this.lockHash;
  }

  /** Leaves the prepared change in place, for `commitPrepared` in a later command. */
  leave(): void {
    this.#over = true;
  }

  /** Removes what was staged, unless it was committed. The next command removes what cannot be removed now. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#discard().catch(() => undefined);
  }

  async #discard(): Promise<void> {
    // A journal that could be neither synced nor removed needs the files it refers to.
    if (this.#over || (await lookAt(this.#place.installation, journalFile)) !== undefined) return;
    this.#over = true;
    await removeTree(this.#at(stagingFolder));
  }

  async #stage(path: string, content: string | Uint8Array, mode: number): Promise<void> {
    const staged = twin(newFolder, path);
    await makeFolder(this.#place.installation, dirname(staged), () => 0o700, this.#place.owner);
    await writeNewFile(
      this.#place.installation,
      { path: staged, content, mode },
      this.#place.owner,
    );
  }

  async #putJournal(): Promise<void> {
    const path = this.#at(journalFile);
    try {
      await renameDurably(this.#at(stagedJournal.forward), path);
    } catch (error) {
      await rm(path, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  #at(path: string): string {
    return join(this.#place.installation, path);
  }
}

export const openTransaction = Transaction.open;
