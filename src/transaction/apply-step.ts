import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, sync } from '../lib/fs/files.ts';
import { hashTree } from '../lib/fs/hash-tree.ts';
import { ownerOf } from '../lib/fs/ownership.ts';
import { lookAt, type PresentFile, readPresent } from '../lib/fs/present-file.ts';
import type { Apply, Step } from './journal.ts';
import { keepLate, keepLateFolder, moveBelow, moveLate } from './late-file.ts';
import { newFolder, oldFolder, stateFolder, stateOf, twin } from './state-paths.ts';

/**
 * One step of a journal, forward and back. Each can be done again at any time, wherever it was cut short:
 * what has left the staging folder is in place, what has left the saved state is back.
 */

type Kind<K extends Step['kind']> = Extract<Step, { kind: K }>;

export async function doStep(apply: Apply, step: Step): Promise<void> {
  switch (step.kind) {
    case 'make':
      return makeOne(apply, step);
    case 'write':
      return putFile(apply, step);
    case 'remove':
      return removeFile(apply, step);
    case 'folder':
      return swapFolder(apply, step);
  }
}

export async function undoStep(apply: Apply, step: Step): Promise<void> {
  switch (step.kind) {
    case 'make':
      return unmakeOne(apply, step);
    case 'write':
      return unputFile(apply, step);
    case 'remove':
      return unremoveFile(apply, step);
    case 'folder':
      return unswapFolder(apply, step);
  }
}

async function makeOne({ installation }: Apply, { path, mode }: Kind<'make'>): Promise<void> {
  await lookAt(installation, path);
  const owner = await ownerOf(join(installation, stateFolder));
  await makeFolder(installation, path, () => mode, owner);
  await sync(join(installation, dirname(path)));
}

async function unmakeOne({ installation }: Apply, { path }: Kind<'make'>): Promise<void> {
  // One that is not empty has got something of the operator's meanwhile.
  await rmdir(join(installation, path)).catch(() => undefined);
}

async function putFile(apply: Apply, step: Kind<'write'>): Promise<void> {
  const { installation } = apply;
  const staged = twin(newFolder, step.path);
  if (!(await isThere(apply, staged))) return;
  const present = await readPresent(installation, step.path);
  if (present !== undefined && isStrange(present, step)) await keepLate(apply, step.path, present);
  await moveBelow(installation, staged, step.path);
}

async function unputFile(apply: Apply, step: Kind<'write'>): Promise<void> {
  const { installation, journal } = apply;
  const staged = twin(newFolder, step.path);
  const saved = twin(stateOf(journal.history), step.path);
  if (await isThere(apply, staged)) return;
  if (step.before !== null && !(await isThere(apply, saved))) return;
  const present = await readPresent(installation, step.path);
  if (present !== undefined && isStrange(present, step)) await keepLate(apply, step.path, present);
  if (step.before !== null) await moveBelow(installation, saved, step.path);
  else if (present !== undefined) await moveBelow(installation, step.path, staged);
}

function isStrange(present: PresentFile, { before, after }: Kind<'write'>): boolean {
  return present.sha256 !== before && present.sha256 !== after;
}

async function removeFile(apply: Apply, { path, before }: Kind<'remove'>): Promise<void> {
  const { installation } = apply;
  const old = twin(oldFolder, path);
  if (!(await isThere(apply, old))) {
    if (!(await isThere(apply, path))) return;
    await moveBelow(installation, path, old);
  }
  // Looked at after it was moved: nobody saves to it any more.
  const moved = await readPresent(installation, old);
  if (moved !== undefined && moved.sha256 !== before) await keepLate(apply, path, moved);
}

async function unremoveFile(apply: Apply, { path }: Kind<'remove'>): Promise<void> {
  const { installation } = apply;
  const old = twin(oldFolder, path);
  if (!(await isThere(apply, old))) return;
  const present = await readPresent(installation, path);
  if (present !== undefined) await keepLate(apply, path, present);
  await moveBelow(installation, old, path);
}

async function swapFolder(apply: Apply, { path, after }: Kind<'folder'>): Promise<void> {
  const { installation, journal } = apply;
  const staged = twin(newFolder, path);
  const saved = twin(stateOf(journal.history), path);
  if (after !== null && !(await isThere(apply, staged))) return;
  if (await isThere(apply, path)) {
    if (!(await isThere(apply, saved))) await moveBelow(installation, path, saved);
    else if (after === null) return;
    else await moveLate(apply, path);
  }
  if (after !== null) await moveBelow(installation, staged, path);
}

async function unswapFolder(apply: Apply, { path, after }: Kind<'folder'>): Promise<void> {
  const { installation, journal } = apply;
  const staged = twin(newFolder, path);
  const saved = twin(stateOf(journal.history), path);
  const wasPut = after !== null && !(await isThere(apply, staged));
  if (wasPut && (await isThere(apply, path))) {
    if ((await hashTree(join(installation, path))) !== after) await keepLateFolder(apply, path);
    await moveBelow(installation, path, staged);
  }
  if (!(await isThere(apply, saved))) return;
  if (await isThere(apply, path)) await moveLate(apply, path);
  await moveBelow(installation, saved, path);
}

async function isThere({ installation }: Apply, path: string): Promise<boolean> {
  return (await lookAt(installation, path)) !== undefined;
}
