import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Blob, Repository, Store } from './store.ts';

interface Upload {
  readonly repository: Repository;
  readonly file: string;
  readonly hash: Hash;
  size: number;
}

/** Blobs that are on their way in. They go to disk as they come. */
export class Uploads {
  readonly #store: Store;
  readonly #open = new Map<string, Upload>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Opens an upload and returns its id. */
  start(repository: Repository): string {
    const id = randomUUID();
    const file = this.#store.newFile();
    this.#open.set(id, { repository, file, hash: createHash('sha256'), size: 0 });
    return id;
  }

  /** How many bytes an upload has; undefined where this repository has none of that id. */
  size(id: string, repository: Repository): number | undefined {
    const upload = this.#open.get(id);
    return upload?.repository === repository ? upload.size : undefined;
  }

  /** Appends a part. An upload whose part broke off is gone, since its bytes can't be trusted. */
  async append(id: string, part: Readable): Promise<number> {
    const upload = this.#get(id);
    const counted = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        upload.hash.update(chunk);
        upload.size += chunk.length;
        yield chunk;
      }
    };
    try {
      await pipeline(part, counted, createWriteStream(upload.file, { flags: 'a' }));
    } catch (error) {
      this.#open.delete(id);
      throw error;
    }
    return upload.size;
  }

  /** Ends an upload. Returns the blob and the digest of what came. */
  finish(id: string): { readonly digest: string; readonly blob: Blob } {
    const { hash, file, size } = this.#get(id);
    this.#open.delete(id);
    return { digest: `sha256:${hash.digest('hex')}`, blob: { file, size } };
  }

  #get(id: string): Upload {
    const upload = this.#open.get(id);
    if (upload === undefined) throw new Error(`no upload ${id}`);
    return upload;
  }
}
