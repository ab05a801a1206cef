import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import * as z from 'zod';

/** A layer of an image, as a registry has it. */
export interface Layer {
  readonly file: string;
  readonly size: number;
  /** Of the file, and of what is in it. */
  readonly digest: string;
  readonly diffId: string;
}

/** Fills a folder with a layer's tree. */
export interface Recipe {
  readonly name: string;
  /** What it is made of: files of this machine's, and whatever else another layer comes of. */
  readonly files: readonly string[];
  readonly salt?: string;
  lay(root: string): Promise<void>;
}

const Facts = z.object({ size: z.number(), digest: z.string(), diffId: z.string() });
const run = promisify(execFile);

/** Beside the packages: it outlives a run, and goes with `npm ci`. */
const cache = fileURLToPath(
  new URL('../../../node_modules/.cache/proto-test-layers', import.meta.url),
);

/**
 * The layer of a recipe: made at the first time, and kept for as long as nothing that goes into it changes. Two runs may make
 * it at once; the tree is the same, and so are the bytes.
 */
export async function layerOf(recipe: Recipe): Promise<Layer> {
  const at = join(cache, `${recipe.name}-${await keyOf(recipe)}`);
  const known = await readFile(`${at}.json`, 'utf8').catch(() => undefined);
  const file = `${at}.tar.gz`;
  if (known !== undefined) {
    const facts = Facts.parse(JSON.parse(known));
    const { size } = await stat(file).catch(() => ({ size: -1 }));
    if (size === facts.size) return { file, ...facts };
  }
  return { file, ...(await make(recipe, at)) };
}

async function make({ name, lay }: Recipe, at: string): Promise<z.infer<typeof Facts>> {
  await mkdir(cache, { recursive: true });
  const root = await mkdtemp(join(tmpdir(), 'proto-test-image-'));
  const part = `${at}.${randomUUID()}`;
  try {
    await lay(root);
    // The same tree gives the same bytes, whoever made it and when.
    const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
    await run('tar', ['-C', root, ...same, '-cf', `${part}.tar`, '.']);
    // It is read more often than it is sent: little is gained by more than the least compression.
    const written = createWriteStream(`${part}.gz`);
    await pipeline(createReadStream(`${part}.tar`), createGzip({ level: 1 }), written);
    const facts = {
      size: (await stat(`${part}.gz`)).size,
      digest: await digestOfFile(`${part}.gz`),
      diffId: await digestOfFile(`${part}.tar`),
    };
    await removeOthers(name, at);
    await rename(`${part}.gz`, `${at}.tar.gz`);
    await writeFile(part, JSON.stringify(facts));
    await rename(part, `${at}.json`);
    return facts;
  } finally {
    await rm(`${part}.tar`, { force: true });
    await rm(root, { recursive: true, force: true });
  }
}

/** What the layer was of other programs. */
async function removeOthers(name: string, at: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    const path = join(cache, entry);
    const [, whose] = /^(.+)-[0-9a-f]{16}\.(?:json|tar\.gz)$/.exec(entry) ?? [];
    if (whose === name && !path.startsWith(at)) await rm(path, { force: true });
  }
}

/** Changes with each file that goes in, and with the code that makes layers. */
async function keyOf({ files, salt = '' }: Recipe): Promise<string> {
  const hash = createHash('sha256').update(salt);
  for (const name of ['layer.ts', 'root-tree.ts', 'programs.ts']) {
    hash.update(await readFile(new URL(name, import.meta.url)));
  }
  for (const path of files) await addFile(hash, path);
  return hash.digest('hex').slice(0, 16);
}

async function addFile(hash: ReturnType<typeof createHash>, path: string): Promise<void> {
  const { size, mtimeMs } = await stat(path);
  hash.update(`${path} ${size} ${mtimeMs}\n`);
  if (!(await lstat(path)).isDirectory()) return;
  for (const name of (await readdir(path)).sort()) await addFile(hash, join(path, name));
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest('hex')}`;
}
