/**
 * Stands in for `msgrouter-ws`: sends every WebSocket message back. To plain HTTP it answers
 * `GET /config` as ./http.ts does, and 426 (Upgrade Required) to the rest.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { reportConfig } from './config-report.ts';
import { identity, serve } from './serve.ts';
import { type Frame, Opcode, readFrame, writeFrame } from './websocket-frame.ts';

// RFC 6455, section 1.3
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const server = createServer((request, response) => {
  const isConfig = request.url === '/config';
  const answer = { ...identity, path: request.url, ...(isConfig && { config: reportConfig() }) };
  response.writeHead(isConfig ? 200 : 426, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(answer)}\n`);
});

server.on('upgrade', (request, socket) => {
  const key = `${request.headers['sec-websocket-key']}${acceptSuffix}`;
  const accept = createHash('sha1').update(key).digest('base64');
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\nX-Proto-Path: ${request.url}\r\n\r\n`,
  );
  echo(socket);
});

function echo(socket: Duplex): void {
  let pending = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let next = readFrame(pending); next !== undefined; next = readFrame(pending)) {
      pending = Buffer.from(next.rest);
      answer(socket, next.frame);
    }
  });
}

function answer(socket: Duplex, frame: Frame): void {
  const opcode = frame.head & 0x0f;
  const head = opcode === Opcode.ping ? (frame.head & 0xf0) | Opcode.pong : frame.head;
  if (opcode !== Opcode.pong) socket.write(writeFrame({ head, payload: frame.payload }));
  if (opcode === Opcode.close) socket.end();
}

serve(server, 9000);
