import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystemError } from '../lib/fs/file-errors.ts';

/** Two entries with the same name, or a file where a folder should be. */
export class PathTakenError extends Error {
  override readonly name = 'PathTakenError';
  readonly path: string;

  constructor(path: string) {
    super(`${path} is taken`);
    this.path = path;
  }
}

/**
 * Writes files below an empty folder: files 0644, folders 0755, independent of the umask, owned by this
 * user. Nothing is ever replaced or followed. Times from the archive are ignored: a web server
 * builds its ETag from time and size, and reproducible archives use one time for all releases.
 */
export class TreeWriter {
  readonly #root: string;
  readonly #folders = new Set<string>();
  #open: { readonly handle: FileHandle; readonly path: string } | undefined;
  files = 0;
  bytes = 0;

  /** Files and folders, also those that only a path implies. */
  get entries(): number {
    return this.files + this.#folders.size;
  }

  constructor(root: string) {
    this.#root = root;
  }

  /** Creates a folder and its parents if they do not exist. */
  async folder(path: string): Promise<void> {
    const parts = path.split('/');
    for (let length = 1; length <= parts.length; length++) {
      await this.#folder(parts.slice(0, length).join('/'));
    }
  }

  /** Starts a file. `write` and `end` apply to it from now on. */
  async file(path: string): Promise<void> {
    const slash = path.lastIndexOf('/');
    if (slash > 0) await this.folder(path.slice(0, slash));
    await this.#guarded(path, async (at) => {
      const handle = await open(at, 'wx', 0o600);
      this.#open = { handle, path };
      await handle.chmod(0o644);
    });
    this.files += 1;
  }

  async write(chunk: Buffer): Promise<void> {
    const { handle, path } = this.#current();
    await this.#guarded(path, () => handle.appendFile(chunk));
    this.bytes += chunk.length;
  }

  async end(): Promise<void> {
    const { handle, path } = this.#current();
    this.#open = undefined;
    await this.#guarded(path, () => handle.close());
  }

  /** Closes a file that a failure left open. */
  async close(): Promise<void> {
    await this.#open?.handle.close();
    this.#open = undefined;
  }

  #current() {
    if (this.#open === undefined) throw new Error('no file was begun');
    return this.#open;
  }

  async #folder(path: string): Promise<void> {
    if (this.#folders.has(path)) return;
    await this.#guarded(path, async (at) => {
      await mkdir(at, { mode: 0o700 });
      const handle = await open(at, 'r');
      await handle.chmod(0o755).finally(() => handle.close());
    });
    this.#folders.add(path);
  }

  async #guarded(path: string, use: (at: string) => Promise<void>): Promise<void> {
    const at = join(this.#root, path);
    try {
      await use(at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new PathTakenError(path);
      throw fileSystemError(error, at);
    }
  }
}
