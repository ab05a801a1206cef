import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker } from '../engine/docker.ts';
import { dockerBuild, dockerfile } from './docker-build.ts';
import { layPostgres } from './postgres-programs.ts';
import { copyWithLibraries, layBusybox } from './root-tree.ts';

/**
 * Builds what the images stand on, out of the machine's own programs; nothing is pulled. Once for an
 * engine: what is there already is left.
 */
export async function buildParents(): Promise<void> {
  await buildParent('proto-test/base', 'scratch', layBusybox);
  await Promise.all([
    buildParent('proto-test/node', 'proto-test/base', layNode),
    buildParent('proto-test/postgres-programs', 'proto-test/base', layPostgres),
  ]);
}

async function buildParent(
  reference: string,
  parent: string,
  lay: (root: string) => Promise<void>,
): Promise<void> {
  if ((await docker(['image', 'ls', '--quiet', reference])) !== '') return;
  const root = await mkdtemp(join(tmpdir(), 'proto-test-image-'));
  try {
    await lay(root);
    await dockerBuild({ reference, context: root, file: dockerfile('layer'), args: { parent } });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** This very node. It may lie anywhere, so a link makes it findable. */
async function layNode(root: string): Promise<void> {
  await copyWithLibraries(root, [process.execPath]);
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
  await symlink(process.execPath, join(root, 'usr/local/bin/node'));
}
