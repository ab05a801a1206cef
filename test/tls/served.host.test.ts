import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { servedCertificate } from '../../src/tls/served.ts';
import { Desk } from '../support/program.ts';
import { makeCertificate } from '../support/web-edge.ts';

/** The certificate that a server on this host presents. */

let desk: Desk;
beforeAll(() => {
  desk = new Desk();
  makeCertificate(desk.folder, 'chat.example-bank.com');
});
afterAll(() => desk.remove());

it.each([
  ['chat.example-bank.com', ['chat.example-bank.com']],
  ['10.0.0.5', []],
])('is asked for as clients do, without a warning (%s)', async (host, expected) => {
  const [cert, key] = [desk.path('chat.pem'), desk.path('chat.key')].map((path) =>
    readFileSync(path),
  );
  const names: string[] = [];
  const SNICallback = (name: string, done: (error: null) => void) => {
    names.push(name);
    done(null);
  };
  const server = createServer({ cert, key, SNICallback }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  mkdirSync(desk.path('proto/nginx'), { recursive: true });
  writeFileSync(
    desk.path('proto/nginx/proto.conf'),
    `server { listen ${port} ssl; server_name ${host}; ssl_certificate ${desk.path('chat.pem')}; ssl_certificate_key ${desk.path('chat.key')}; }`,
  );
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const served = await servedCertificate(desk.path('proto'), new AbortController().signal);
  expect(served).toEqual({ file: desk.path('chat.pem'), same: true });
  expect(names).toEqual(expected);
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
  server.close();
});
