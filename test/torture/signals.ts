import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { type Desk, finished, program } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';
import { illSaid } from './disk.ts';
import { judge, type References, snapshot } from './oracle.ts';
import { processesAt, untilStill } from './processes.ts';
import { type Random, randomOf } from './random.ts';
import { type Bounds, inTurn, type Report, Tally } from './report.ts';
import type { Scene, Start } from './scene.ts';

/** Sends SIGINT or SIGTERM at a random moment, without a terminal and by Ctrl-C in one. */

export interface Interrupted {
  readonly name: string;
  readonly start: Start;
  readonly args: readonly string[];
}

export const interruptible: readonly Interrupted[] = [
  { name: 'init', start: 'nothing', args: ['init', '--yes'] },
  { name: 'update', start: 'installed', args: ['update', '--yes'] },
  { name: 'backup', start: 'restorable', args: ['backup', 'proto-before-restore-c.tar'] },
];

const codes = { SIGINT: 130, SIGTERM: 143 } as const;

export async function signals(
  scene: Scene,
  { name, start, args }: Interrupted,
  bounds: Bounds,
): Promise<Report> {
  const random = randomOf(bounds.seed);
  const { references, lasted } = await whole(scene, start, args);
  const tally = new Tally();
  const tries = Array.from({ length: 200 }, () => attackOf(random, lasted));
  await inTurn(tries, bounds, tally, async ({ signal, after, inTerminal }) => {
    const desk = scene.desk(start);
    try {
      const where = `${signal} after ${after} ms${inTerminal ? ' in a terminal' : ''}`;
      const sent = inTerminal
        ? await pressed(desk, args, after)
        : await sentTo(desk, args, signal, after);
      const faults = [...left(desk, start, sent.code, references), ...sent.faults];
      const wanted = [0, inTerminal ? codes.SIGINT : codes[signal]];
      if (!wanted.includes(sent.code ?? -1)) faults.push(`ended with ${sent.code}: ${sent.stderr}`);
      tally.add(sent.code === 0 ? 'too late' : 'interrupted', where, faults);
    } finally {
      desk.remove();
    }
  });
  return tally.report(`signals ${name}`, tries.length);
}

function attackOf(random: Random, lasted: number) {
  return {
    signal: random() < 0.5 ? ('SIGINT' as const) : ('SIGTERM' as const),
    after: Math.floor(random() * lasted),
    inTerminal: random() < 0.25,
  };
}

/** How the tree is after the command, and how long that takes. */
async function whole(scene: Scene, start: Start, args: readonly string[]) {
  const desk = scene.desk(start);
  try {
    const contents = start !== 'nothing';
    const before = snapshot(desk, contents);
    const begun = Date.now();
    const { code, stderr } = await desk.run(...args);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
    const lasted = Date.now() - begun;
    return { references: { before, after: snapshot(desk, contents), contents }, lasted };
  } finally {
    desk.remove();
  }
}

interface Sent {
  readonly code: number | null;
  readonly stderr: string;
  readonly faults: readonly string[];
}

async function sentTo(
  desk: Desk,
  args: readonly string[],
  signal: keyof typeof codes,
  after: number,
): Promise<Sent> {
  const child = desk.spawn(...args);
  const outcome = finished(child);
  await pause(150 + after);
  child.kill(signal);
  const ended = await outcome;
  // Before Node has begun to listen, a signal ends it as it ends any program, with the same status to a shell.
  if (ended.signal === signal && ended.stderr === '') {
    return { code: codes[signal], stderr: '', faults: [] };
  }
  const told =
    ended.code === 0 || ended.stderr.includes('Interrupted. No partial changes were left behind');
  return { ...ended, faults: told ? [] : [`says: ${ended.stderr.slice(-300)}`, ...illSaid(ended)] };
}

async function pressed(desk: Desk, args: readonly string[], after: number): Promise<Sent> {
  const terminal = new Terminal(desk);
  try {
    await terminal.shows('$');
    terminal.start(...args);
    // A shell whose command a SIGINT ended does not go on to tell its status: before Node listens is `sentTo`'s.
    await listens(terminal);
    await pause(after);
    terminal.press('C-c');
    const code = await terminal.status();
    const stderr = terminal.screen();
    const running = processesAt(desk).filter((command) => command.trim() !== 'sh');
    const faults = running.map((command) => `still runs: ${command}`);
    if (!terminal.cursorShows()) faults.push('the cursor is hidden');
    terminal.type('clear; stty -a');
    terminal.press('Enter');
    const settings = await terminal.shows(/iutf8|echoke/);
    const isSane = /\bicanon\b/.test(settings) && !/-(icanon|echo|isig)\b/.test(settings);
    return { code, stderr, faults: isSane ? faults : [...faults, `the terminal is: ${settings}`] };
  } finally {
    terminal.close();
    // The shell, which the end of its terminal ends.
    await untilStill(desk);
  }
}

/**
 * Waits until the program in a terminal has its handlers, of SIGHUP first (proc(5)). One of SIGINT would tell nothing: Node has
 * its own from the start, which ends it, and the shell has one, and so has what it forks until that becomes the program.
 */
async function listens(terminal: Terminal): Promise<void> {
  for (;;) {
    const id = terminal.programId();
    const caught = /^SigCgt:\s+(\w+)/m.exec(aboutProcess(id, 'status'))?.[1] ?? '0';
    const catchesHangUp = BigInt(`0x${caught}`) & (1n << BigInt(constants.signals.SIGHUP - 1));
    if (catchesHangUp && aboutProcess(id, 'cmdline').includes(program)) return;
    await pause(5);
  }
}

function aboutProcess(id: number, file: 'status' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** At once, without another command: wholly old or new, nothing left behind, no process. */
function left(desk: Desk, start: Start, code: number | null, references: References): string[] {
  const running = processesAt(desk);
  const faults = running.map((name) => `still runs: ${name}`);
  if (start === 'nothing' && !existsSync(desk.path('proto'))) {
    const names = readdirSync(desk.folder).filter((name) => name.startsWith('.proto'));
    return [...faults, ...names.map((name) => `litter: ${name}`)];
  }
  const judged = judge(desk, references);
  const isRight =
    judged.is === (code === 0 ? 'new' : 'old') || references.before === references.after;
  const same = JSON.stringify([...references.before]) === JSON.stringify([...references.after]);
  return [
    ...faults,
    ...judged.faults,
    ...(isRight || same ? [] : [`ended with ${code} and is ${judged.is}`]),
  ];
}
