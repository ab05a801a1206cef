import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { releaseFolder } from '../support/releases.ts';
import { copyWithOwners } from '../support/tree.ts';

/** What changes something that exists is applied only with a "yes": on a terminal, or as --yes. */

let registry: EmbeddedRegistry;
let seed: Desk;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.9.0', tags: ['stable'] });
  seed = equipped();
  expect((await seed.run('init', '--templates', releaseFolder('2026.9.0'))).code).toBe(0);
  expect((await seed.run('config', 'set', 'database.port', '5433')).code).toBe(0);
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
});
afterAll(async () => {
  seed.remove();
  await registry.close();
});
beforeEach(() => {
  desk = equipped();
  copyWithOwners(seed.path('proto'), desk.path('proto'));
});
afterEach(() => desk.remove());

function equipped(): Desk {
  const made = new Desk(registry);
  made.credentials();
  made.putDockerStandInOnPath();
  return made;
}

const changing = [
  ['update', '--diff'],
  ['update', '--without-engine'],
  ['rollback', '1'],
  ['config', 'rotate', 'api.secret_key'],
  ['uninstall'],
  ['uninstall', '--data'],
].map((command) => [command.join(' '), command] as const);

describe('without a terminal and without --yes', () => {
  it.each(changing)(
    '%s shows its plan, changes nothing and ends with 5',
    async (_name, command) => {
      const before = desk.tree();
      const { code, stdout, stderr } = await desk.run(...command);
      expect([code, stderr]).toEqual([5, expect.stringContaining('[CONFIRMATION_MISSING]')]);
      expect(stderr).toMatch(/^Plan for /m);
      expect(stderr).toContain('--yes');
      expect(command.includes('--diff') ? '' : stdout).toBe('');
      expect(desk.tree()).toEqual(before);
    },
  );

  it.each(changing)('%s --json carries plan and error', async (_name, command) => {
    const { code, document } = await desk.json(...command);
    expect([code, document.ok, document.error.code]).toEqual([5, false, 'CONFIRMATION_MISSING']);
    expect(document).toMatchObject({ plan: { installation: desk.path('proto') } });
  });

  it.each(changing)('%s --quiet shows the plan nevertheless', async (_name, command) => {
    const { code, stderr } = await desk.run(...command, '--quiet');
    expect([code, stderr]).toEqual([5, expect.stringMatching(/^Plan for /m)]);
  });
});

it('nothing is asked where there is nothing to change', async () => {
  expect((await desk.run('update', '--yes')).code).toBe(0);
  expect((await desk.run('update')).code).toBe(0);
  expect((await desk.run('config', 'set', 'database.port', '5433')).code).toBe(0);
});

it('init makes something new, and does not ask', async () => {
  expect((await desk.run('init', 'other')).code).toBe(0);
});
