import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export interface Blob {
  readonly file: string;
  readonly size: number;
}

export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** One repository. As in ECR, blobs belong to a repository and are not shared. */
export interface Repository {
  readonly name: string;
  readonly blobs: Map<string, Blob>;
  readonly manifests: Map<string, Manifest>;
  readonly tags: Map<string, string>;
}

/** `sha256:<hex>` of some bytes. */
export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Repositories in memory, their blobs in a temporary folder. */
export class Store {
  readonly #folder: string;
  readonly #repositories = new Map<string, Repository>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Store> {
    return new Store(await mkdtemp(join(tmpdir(), 'embedded-registry-')));
  }

  find(name: string): Repository | undefined {
    return this.#repositories.get(name);
  }

  create(name: string): Repository {
    const known = this.#repositories.get(name);
    if (known !== undefined) return known;
    const repository = { name, blobs: new Map(), manifests: new Map(), tags: new Map() };
    this.#repositories.set(name, repository);
    return repository;
  }

  /** A path for a blob that is about to be written. */
  newFile(): string {
    return join(this.#folder, randomUUID());
  }

  /** Stores a blob under a digest, which need not be its own. */
  async putBlob(repository: Repository, digest: string, bytes: Buffer): Promise<void> {
    const file = this.newFile();
    await writeFile(file, bytes);
    repository.blobs.set(digest, { file, size: bytes.length });
  }

  /** Takes a file of someone else's for a blob, where it lies. */
  linkBlob(repository: Repository, digest: string, blob: Blob): void {
    repository.blobs.set(digest, blob);
  }

  /** Stores a manifest under a digest, which need not be its own, and a tag. */
  putManifest(repository: Repository, manifest: Manifest, tag?: string): void {
    repository.manifests.set(manifest.digest, manifest);
    if (tag !== undefined) repository.tags.set(tag, manifest.digest);
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A manifest by tag or digest. */
export function findManifest(repository: Repository, reference: string): Manifest | undefined {
  return repository.manifests.get(repository.tags.get(reference) ?? reference);
}

/** The bytes from `start` to `end`, both included. */
export function readBlob(blob: Blob, start: number, end: number): Readable {
  return createReadStream(blob.file, { start, end });
}
