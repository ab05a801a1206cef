import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetchBundles } from '../../src/bundles/fetch-bundles.ts';
import type { Context } from '../../src/context.ts';
import { Reporter } from '../../src/reporter.ts';
import { failure, type Opened, open } from '../lib/net/opened.ts';

let opened: Opened;
let folder: string;
beforeEach(async () => {
  opened = await open({ limits: { silence: 60_000 } });
  folder = await mkdtemp(join(tmpdir(), 'bundles-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await opened.close();
});

const reporter = () =>
  new Reporter({
    json: false,
    quiet: true,
    verbose: false,
    live: false,
    version: '0',
    stdout: () => {},
    stderr: () => {},
  });

test('the first failure ends the other downloads, and is what is reported', async () => {
  const names = ['slow', 'broken'];
  const registry = await opened.registry();
  for (const name of names) {
    await opened.rig.pushBundle(`proto/${name}`, 'stable', [
      { path: `${name}.html`, content: name },
    ]);
  }
  const resolved = await registry.resolveAll(
    names.map((name) => ({ repository: `proto/${name}`, reference: 'stable' })),
  );
  // The storage knows digests only, so the test distinguishes the two by what is asked of the registry.
  opened.rig.faults.add({ kind: 'not-aws', match: { path: /proto\/broken\/blobs/ } });
  opened.rig.faults.add({ kind: 'stall-body', afterBytes: 10, match: { role: 's3' } });
  const context = {
    reporter: reporter(),
    env: { TMPDIR: folder },
    signal: new AbortController().signal,
  } as unknown as Context;
  const into = await Promise.all(names.map((name) => mkdtemp(join(folder, name))));
  const targets = resolved.map(({ repository, digest }, index) => ({
    ...{ name: names[index] as string, repository, digest },
    into: into[index] as string,
  }));
  // The limit for silence is a minute: only the failure of the other can end this so soon.
  const error = await failure(fetchBundles(context, registry, targets));
  expect(error.message).toMatch(/is not a registry \(404/);
});
