import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Answer } from './answer.ts';
import type { FaultKind } from './faults.ts';
import { send } from './send.ts';

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
        ...withBody(turnedBit(answer)),
        length: lengthOf(answer),
      });
    case 'endless':
      return sendEndless(response, answer);
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
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-length': String(lengthOf(answer)),
  });
  response.flushHeaders();
  let left = bytes;
  for await (const chunk of chunksOf(answer)) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    await new Promise((resolve) => response.write(part, resolve));
    if (left === 0) return;
  }
}

async function sendEndless(response: ServerResponse, answer: Answer): Promise<void> {
  response.writeHead(answer.status, { ...answer.headers });
  for await (const chunk of chunksOf(answer)) response.write(chunk);
  const zeros = Buffer.alloc(64 * 1024);
  while (!response.destroyed) {
    if (response.write(zeros)) continue;
    await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
}

async function* turnedBit(answer: Answer): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of chunksOf(answer)) {
    const copy = Buffer.from(chunk);
    if (first) copy.writeUInt8(copy.readUInt8(0) ^ 1, 0);
    first = false;
    yield copy;
  }
}

async function* chunksOf({ body }: Answer): AsyncGenerator<Buffer> {
  if (body === undefined) return;
  if (Buffer.isBuffer(body)) yield body;
  else yield* body;
}

function withBody(chunks: AsyncGenerator<Buffer>): { readonly body: Readable } {
  return { body: Readable.from(chunks, { objectMode: false }) };
}

function lengthOf({ body, length }: Answer): number {
  return length ?? (Buffer.isBuffer(body) ? body.length : 0);
}
