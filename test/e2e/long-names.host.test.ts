import { readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
  desk = new Desk(registry);
  desk.putDockerStandInOnPath();
  desk.credentials();
});
afterAll(async () => {
  desk.remove();
  await registry.close();
});

describe('the name of a folder', () => {
  it.each([200, 240, 255])('may have %d bytes, from init to uninstall', async (length) => {
    const name = 'p'.repeat(length);
    const init = await desk.run('init', name, '--url', 'chat.example-bank.com');
    expect(init.code, init.stderr).toBe(0);
    expect((await desk.run('config', 'set', 'database.port', '5433', '--dir', name)).code).toBe(0);
    const { code, stderr } = await desk.run('uninstall', '--yes', '--dir', name);
    expect(code, stderr).toBe(0);
    const left = readdirSync(desk.folder).filter((each) => each.startsWith('ppp'));
    expect(left).toEqual([expect.stringMatching(/^p+\.removed-\d{4}-\d\d-\d\d(-\d)?$/)]);
    expect(readdirSync(desk.folder).filter((each) => each.includes('.init'))).toEqual([]);
    rmSync(desk.path(left[0] ?? ''), { recursive: true });
  });

  it('of more bytes is refused with its length and the longest that there is', async () => {
    const before = desk.tree();
    const name = 'ü'.repeat(130);
    const { code, document } = await desk.json('init', name);
    expect(code).toBe(2);
    expect(document.error.code).toBe('NAME_TOO_LONG');
    expect(document.error.message).toBe(
      `The name ${name} is too long. It has 260 bytes, and a name can have 255.`,
    );
    expect(desk.tree()).toEqual(before);
  });

  it.each([
    ['backup', ['backup', `${'b'.repeat(256)}.tar`]],
    ['init', ['init', `${'d/'.repeat(2100)}proto`]],
  ])('in a path for %s is refused alike', async (_, args) => {
    if (args[0] === 'backup') {
      expect((await desk.run('init', '--url', 'chat.example-bank.com')).code).toBe(0);
    }
    const { code, document } = await desk.json(...args);
    expect(document.error.code).toBe('NAME_TOO_LONG');
    expect(code).toBe(2);
  });
});
