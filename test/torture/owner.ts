import { chownSync, lchownSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { groupOfFiles } from '../../src/cli/program.ts';
import { asOrdinaryUser } from '../support/hosts.ts';
import { finished } from '../support/program.ts';
import { count, program, withDesk } from './attempt.ts';
import { illSaid } from './disk.ts';
import { lookAfter } from './look-after.ts';
import { shuffled } from './random.ts';
import { type Bounds, inTurn, type Report, Tally } from './report.ts';
import type { Row } from './rows.ts';
import type { Scene } from './scene.ts';

/** A folder becomes root's while an ordinary user's command is at work: it is held at a call meanwhile. Needs root. */

const folders = [
  '',
  'backend',
  'backend/config',
  'nginx',
  '.proto',
  '.proto/base',
  '.proto/staging',
];

export async function owner(scene: Scene, row: Row, bounds: Bounds): Promise<Report> {
  const { calls, references } = await count(scene, row);
  const all = calls.flatMap(({ number }) => folders.map((folder) => ({ number, folder })));
  const tally = new Tally();
  const order = shuffled(all, bounds.seed, ({ number, folder }) => `${number} ${folder}`);
  await inTurn(order, bounds, tally, ({ number, folder }) =>
    withDesk(scene, row, async (desk) => {
      asOrdinaryUser(desk, (path, uid) => giveAll(path, uid));
      const child = program(desk, row.args, { acts: [{ at: number, act: 'SIGSTOP' }] });
      const outcome = finished(child);
      if (await isHeldAt(child.pid)) {
        take(desk.path('proto', folder));
        child.kill('SIGCONT');
      }
      const ended = await outcome;
      giveAll(desk.folder, 0);
      desk.through = [];
      const { is, faults } = await lookAfter(desk, row, references);
      const wanted = ended.code === 0 ? 'new' : 'old';
      const isDone = is === wanted || / is done|to complete it\./.test(ended.stderr);
      const untrue = isDone ? [] : [`ended with ${ended.code} and is ${is}: ${ended.stderr}`];
      const where = `${folder || 'the installation'} is root's from ${number} on`;
      tally.add(`${ended.code === 0 ? 'done' : 'refused'}, ${is}`, where, [
        ...illSaid(ended),
        ...faults,
        ...untrue,
      ]);
    }),
  );
  return tally.report(`owner ${row.name}`, all.length);
}

/** Waits until a process is stopped. @returns false where it has ended instead */
async function isHeldAt(pid = 0): Promise<boolean> {
  for (;;) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
      if (state === 'T') return true;
      if (state === 'Z') return false;
    } catch {
      return false;
    }
    await pause(5);
  }
}

/** The group that root gives them (groupOfFiles in src/cli/program.ts). */
const containers = groupOfFiles({ group: 0, root: true, env: process.env });

function take(folder: string): void {
  try {
    chownSync(folder, 0, 0);
  } catch {
    // It is not there yet, or not any more.
  }
}

/** Back with root, the containers' files have their group again. */
function giveAll(folder: string, uid: number): void {
  lchownSync(folder, uid, uid);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) giveAll(path, uid);
    else {
      const isForContainers = (lstatSync(path).mode & 0o777) === 0o640;
      lchownSync(path, uid, uid === 0 && isForContainers ? containers : uid);
    }
  }
}
