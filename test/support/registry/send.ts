import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Answer } from './answer.ts';

/** Writes an answer; ends when the last byte was given to the system, or the peer has gone. */
export async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const { status, headers, body } = answer;
  const length = answer.length ?? (Buffer.isBuffer(body) ? body.length : 0);
  response.writeHead(status, { ...headers, 'content-length': String(length) });
  if (body === undefined || response.req.method === 'HEAD') {
    if (body !== undefined && !Buffer.isBuffer(body)) body.destroy();
    response.end();
    return;
  }
  if (Buffer.isBuffer(body)) response.end(body);
  else await writeAll(response, body);
}

/** Writes these chunks and ends; that the peer has gone is not an error. */
export async function writeAll(
  response: ServerResponse,
  chunks: AsyncIterable<Buffer>,
): Promise<void> {
  try {
    await pipeline(chunks, response);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
