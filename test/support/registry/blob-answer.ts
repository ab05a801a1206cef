import type { Answer } from './answer.ts';
import { type Blob, readBlob } from './store.ts';

/**
 * A blob or the part of it that a Range header asks for (RFC 9110, "Range Requests"; one range).
 *
 * @param range the header's value; anything that is not a single byte range is ignored, as the RFC says
 */
export function blobAnswer(
  blob: Blob,
  range: string | undefined,
  headers: Readonly<Record<string, string>>,
): Answer {
  const all = { ...headers, 'accept-ranges': 'bytes' };
  const parts = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  if (parts === null) return whole(blob, all);
  const start = Number(parts[1]);
  const end = Math.min(
    parts[2] === '' ? Number.POSITIVE_INFINITY : Number(parts[2]),
    blob.size - 1,
  );
  if (start > end) {
    return { status: 416, headers: { ...all, 'content-range': `bytes */${blob.size}` } };
  }
  return {
    status: 206,
    headers: { ...all, 'content-range': `bytes ${start}-${end}/${blob.size}` },
    body: readBlob(blob, start, end),
    length: end - start + 1,
  };
}

function whole(blob: Blob, headers: Readonly<Record<string, string>>): Answer {
  if (blob.size === 0) return { status: 200, headers, body: Buffer.alloc(0) };
  return {
    status: 200,
    headers,
    body: readBlob(blob, 0, blob.size - 1),
    length: blob.size,
  };
}
