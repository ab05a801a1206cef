import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { thisOwner } from '../../src/transaction/run-guard.ts';
import { type Desk, finished } from '../support/program.ts';
import { interposed } from './attempt.ts';
import { judge, litter, type References, snapshot } from './oracle.ts';
import { randomOf } from './random.ts';
import { type Bounds, inTurn, type Report, Tally } from './report.ts';
import type { Scene } from './scene.ts';

/** Ten commands at once on one installation, where someone was before: no one, a living one, or one who is dead. */

const set = ['config', 'set', 'openai.provider', 'azure'];

interface Before {
  readonly name: string;
  /** Whether the one who holds it, or seems to, is reported from a living one. */
  readonly blocks: boolean;
  leave(desk: Desk): Promise<void>;
}

const befores: readonly Before[] = [
  { name: 'nobody', blocks: false, leave: async () => {} },
  {
    name: 'a killed one',
    blocks: false,
    async leave(desk) {
      const acts = [{ match: 'chmod .*/staging$', act: 'kill' }];
      await interposed(desk, set, { acts });
    },
  },
  {
    name: 'one from before a reboot',
    blocks: false,
    leave: (desk) => leaveGuard(desk, { bootId: '00000000-0000-0000-0000-000000000000' }),
  },
  {
    name: 'one whose number another process has now',
    blocks: false,
    leave: (desk) => leaveGuard(desk, { ticks: '1' }),
  },
  {
    name: 'one on another host of a shared folder',
    blocks: true,
    leave: (desk) => leaveGuard(desk, { host: `not-${hostname()}` }),
  },
  { name: 'a living one', blocks: true, leave: (desk) => leaveGuard(desk, {}) },
];

/** As this very process, which lives, would have left it, but for something. */
async function leaveGuard(desk: Desk, change: object): Promise<void> {
  const holder = await thisOwner('proto-scaffold update');
  const guard = { formatVersion: 1, ...holder, id: 'a', ...change };
  writeFileSync(desk.path('proto/.proto/guard.json'), JSON.stringify(guard), { mode: 0o600 });
}

export async function concurrency(scene: Scene, bounds: Bounds): Promise<Report> {
  const random = randomOf(bounds.seed);
  const references = await referencesOf(scene);
  const rounds = Array.from({ length: 60 }, (_, index) => ({
    before: befores[index % befores.length] as Before,
    delays: Array.from({ length: 10 }, () => Math.floor(random() * 400)),
  }));
  const tally = new Tally();
  await inTurn(rounds, bounds, tally, async ({ before, delays }) => {
    const desk = scene.desk('updated');
    try {
      await before.leave(desk);
      const ended = await Promise.all(delays.map((delay) => later(desk, delay)));
      const faults = ended.flatMap(({ code, stderr }) =>
        code === 0 || (code === 6 && tellsWho(stderr)) ? [] : [`ended with ${code}: ${stderr}`],
      );
      const worked = ended.filter(({ code }) => code === 0).length;
      if (before.blocks ? worked !== 0 : worked === 0) faults.push(`${worked} of ten worked`);
      tally.add(`${worked} worked`, before.name, [
        ...faults,
        ...(before.blocks ? stillHeld(desk) : [...litter(desk), ...isNew(desk, references)]),
      ]);
    } finally {
      desk.remove();
    }
  });
  return tally.report('concurrency', rounds.length);
}

async function referencesOf(scene: Scene): Promise<References> {
  const desk = scene.desk('updated');
  try {
    const before = snapshot(desk);
    await desk.run(...set);
    return { before, after: snapshot(desk), contents: true };
  } finally {
    desk.remove();
  }
}

async function later(desk: Desk, delay: number) {
  const sleep = spawn('sleep', [String(delay / 1000)]);
  await once(sleep, 'exit');
  return finished(desk.spawn(...set));
}

/** `config set` at work, by its process; or whoever was left there. */
function tellsWho(stderr: string): boolean {
  return /`proto-scaffold [a-z ]+` \(process \d+ on \S+, since \S+Z\) is already running/.test(
    stderr,
  );
}

function isNew(desk: Desk, references: References): readonly string[] {
  const { is, faults } = judge(desk, references);
  return is === 'new' ? faults : [`is ${is}`, ...faults];
}

/** No one took it from whoever may live. */
function stillHeld(desk: Desk): string[] {
  try {
    const guard = readFileSync(desk.path('proto/.proto/guard.json'), 'utf8');
    if (JSON.parse(guard).id === 'a') return [];
  } catch {
    // It is not there, or not whole.
  }
  return ['the guard was taken from a living one'];
}
