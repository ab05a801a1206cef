import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';

it('serves a seeded release until SIGTERM, and says where in one line', async () => {
  const script = join(import.meta.dirname, 'serve.ts');
  const server = spawn(
    process.execPath,
    ['--import', 'tsx', script, '--seed', '--release', '7.0'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = await once(createInterface({ input: server.stdout }), 'line');
  const ready = JSON.parse(line);
  const response = await fetch(`${ready.url}/v2/`);
  const ended = once(server, 'exit');
  server.kill('SIGTERM');

  expect(response.status).toBe(401);
  expect(ready).toMatchObject({
    endpoint: ready.url,
    registryHost: new URL(ready.url).host,
    release: { version: '7.0', bundles: { 'web-app': expect.stringMatching(/^sha256:/) } },
  });
  expect(await ended).toEqual([0, null]);
});
