import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Answer } from './answer.ts';
import type { FaultKind } from './faults.ts';
import { send, writeAll } from './send.ts';

/** Sends a right answer the wrong way; for a fault that has no part in sending, as it is. */
export async function sendWithFault(
  response: ServerResponse,
  answer: Answer,
  fault: FaultKind,
): Promise<void> {
  switch (fault.kind) {
    case 'wrong-digest':
      return send(response, {
        ...answer,
        body: Readable.from(withTurnedBit(answer), { objectMode: false }),
        length: lengthOf(answer),
      });
    case 'endless':
      response.writeHead(answer.status, { ...answer.headers });
      // The answer to HEAD has no body, and Node drops what is written as one.
      if (response.req.method === 'HEAD') return void response.end();
      return writeAll(response, withoutEnd(answer));
    case 'cut':
      await sendStart(response, answer, fault.afterBytes);
      response.destroy();
      return;
    case 'stall-body':
      return sendStart(response, answer, fault.afterBytes);
    default:
      return send(response, answer);
  }
}

async function sendStart(response: ServerResponse, answer: Answer, bytes: number): Promise<void> {
  const length = String(lengthOf(answer));
  response.writeHead(answer.status, { ...answer.headers, 'content-length': length });
  response.flushHeaders();
  let left = bytes;
  for await (const chunk of chunksOf(answer)) {
    if (left === 0) return;
    const part = chunk.subarray(0, left);
    left -= part.length;
    await new Promise((resolve) => response.write(part, resolve));
  }
}

async function* withTurnedBit(answer: Answer): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of chunksOf(answer)) {
    const copy = Buffer.from(chunk);
    if (first) copy.writeUInt8(copy.readUInt8(0) ^ 1, 0);
    first = false;
    yield copy;
  }
}

async function* withoutEnd(answer: Answer): AsyncGenerator<Buffer> {
  yield* chunksOf(answer);
  const zeros = Buffer.alloc(64 * 1024);
  for (;;) yield zeros;
}

async function* chunksOf({ body }: Answer): AsyncGenerator<Buffer> {
  if (body === undefined) return;
  if (!Buffer.isBuffer(body)) yield* body;
  else if (body.length > 0) yield body;
}

function lengthOf({ body, length }: Answer): number {
  return length ?? (Buffer.isBuffer(body) ? body.length : 0);
}
