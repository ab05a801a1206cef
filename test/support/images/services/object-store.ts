import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = '/data';

/** Objects as files `/data/<bucket>/=<key, percent-encoded>`: they outlive the container. */
export const objectStore = {
  createBucket(bucket: string): void {
    mkdirSync(bucketFolder(bucket), { recursive: true });
  },

  /** @returns the ETag: the content's MD5, as S3 has it for what was put in one piece */
  put(bucket: string, key: string, content: Buffer): string {
    const file = objectFile(bucket, key);
    writeFileSync(`${file}.partial`, content);
    renameSync(`${file}.partial`, file);
    return etag(content);
  },

  /** @throws ENOENT when there is no such object */
  get(bucket: string, key: string): { content: Buffer; etag: string } {
    const content = readFileSync(objectFile(bucket, key));
    return { content, etag: etag(content) };
  },

  remove(bucket: string, key: string): void {
    rmSync(objectFile(bucket, key), { force: true });
  },

  /**
   * @returns the keys that begin with `prefix`, in S3's order (by code unit)
   * @throws ENOENT when there is no such bucket
   */
  list(bucket: string, prefix: string): string[] {
    return readdirSync(bucketFolder(bucket))
      .filter((name) => name.startsWith('=') && !name.endsWith('.partial'))
      .map((name) => decodeURIComponent(name.slice(1)))
      .filter((key) => key.startsWith(prefix))
      .sort();
  },
};

function bucketFolder(bucket: string): string {
  return join(root, encodeURIComponent(bucket));
}

// The sign in front keeps every key a name of a file: `..` is none.
function objectFile(bucket: string, key: string): string {
  return join(bucketFolder(bucket), `=${encodeURIComponent(key)}`);
}

function etag(content: Buffer): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}
