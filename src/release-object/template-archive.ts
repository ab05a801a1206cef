import { gunzipSync, gzipSync } from 'node:zlib';
import { createTarReader, TarError } from '../bundles/tar-steps.ts';
import { UserError } from '../errors.ts';
import { blockSize, encodeHeader, endSize, paddingAfter } from '../lib/fs/ustar.ts';
import { templateLimits } from '../release/check-templates.ts';
import type { TemplateTexts } from '../release/load-templates.ts';

/** The templates of a release as a layer of its object: a gzipped tar with release.yml and all other templates. */

const description = 'release.yml';

/** The same texts give the same bytes, with the same version of zlib. */
export function packTemplates({ release, files }: TemplateTexts): Buffer {
  const all = [[description, release] as const, ...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const parts = all.flatMap(([path, text]) => {
    const content = Buffer.from(text);
    const header = Buffer.from(encodeHeader({ name: path, size: content.length, mtime: 0 }));
    return [header, content, Buffer.alloc(paddingAfter(content.length))];
  });
  const gzip = gzipSync(Buffer.concat([...parts, Buffer.alloc(endSize)]), { level: 9 });
  // The operating system (RFC 1952), unknown.
  gzip[9] = 255;
  return gzip;
}

/** Room for headers and padding. */
const mostBytes = templateLimits.bytes + (templateLimits.files + 2) * 2 * blockSize;

/**
 * @param name of the object, for messages
 * @throws UserError RELEASE_INVALID
 */
export function unpackTemplates(archive: Buffer, name: string): TemplateTexts {
  const invalid = (why: string, cause?: unknown) =>
    new UserError('RELEASE_INVALID', `The templates of ${name} ${why}.`, { cause });
  const files = new Map<string, string>();
  try {
    const reader = createTarReader();
    const tar = gunzipSync(archive, { maxOutputLength: mostBytes });
    let path = '';
    let chunks: Buffer[] = [];
    for (const step of [...reader.read(tar), ...reader.end()]) {
      if (step.kind === 'file') {
        path = step.path;
        chunks = [];
      } else if (step.kind === 'bytes') chunks.push(step.chunk);
      else if (step.kind === 'end') {
        if (files.has(path)) throw invalid(`have ${JSON.stringify(path)} twice`);
        const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
        files.set(path, text.decode(Buffer.concat(chunks)));
      }
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof TarError) throw invalid(error.message, error);
    if (error instanceof TypeError) throw invalid('contain a file that is not UTF-8 text', error);
    throw invalid('are damaged or too large', error);
  }
  const release = files.get(description);
  if (release === undefined) throw invalid(`do not contain ${description}`);
  files.delete(description);
  return { release, files: new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}
