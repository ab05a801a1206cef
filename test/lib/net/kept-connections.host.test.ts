import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createNetwork, readBody } from '../../../src/lib/net/network.ts';
import { talk } from '../../support/phases.ts';

/** A firewall forgets a connection that is silent while the operator answers a prompt, and tells neither side. */
test('a connection that was idle for some seconds is not used again', async () => {
  let opened = 0;
  const server = await talk((socket) => {
    opened += 1;
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'));
  });
  const network = createNetwork({ env: {} });
  const ask = async () =>
    readBody(await network.request({ url: new URL(`http://${server.authority}/`) }), 10);
  await ask();
  await ask();
  expect(opened).toBe(1);
  await sleep(4500);
  await ask();
  expect(opened).toBe(2);
  network.close();
  server.close();
});
