import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryConnections } from '../../src/compose/compose-commands.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the container prints, without a container. */
async function said(targets: readonly string[], seconds: number): Promise<string> {
  const { args } = tryConnections('image', 'id', targets, seconds);
  const env = { PATH: `${folder}:${process.env.PATH}` };
  const shell = args.slice(args.indexOf('-c'));
  return (await promisify(execFile)('sh', shell, { env })).stdout;
}

describe('the connections of a service', () => {
  it('are tried again, because a service may not listen yet', async () => {
    const server = createServer();
    const port = 45_871;
    const asked = said([`127.0.0.1:${port}`], 10);
    await pause(500);
    server.listen(port, '127.0.0.1');
    expect(await asked).toBe(`127.0.0.1:${port} ok\n`);
    server.close();
  });

  it('fail once, and at once, without time for another try', async () => {
    expect(await said(['127.0.0.1:9'], 0)).toBe('127.0.0.1:9 failed\n');
  });

  it('are tried at the same time', async () => {
    writeFileSync(join(folder, 'timeout'), '#!/bin/sh\nsleep 1; exit 1\n');
    chmodSync(join(folder, 'timeout'), 0o755);
    const targets = [1, 2, 3, 4, 5].map((port) => `127.0.0.1:${port}`);
    const begun = performance.now();
    const lines = (await said(targets, 0)).trim().split('\n');
    expect(performance.now() - begun).toBeLessThan(3000);
    expect(lines.sort()).toEqual(targets.map((target) => `${target} failed`));
  });
});
