import type { Desk, Outcome } from '../support/program.ts';
import { type Call, count, interposed, withDesk } from './attempt.ts';
import { bothSides, decisionOf } from './decision.ts';
import { lookAfter } from './look-after.ts';
import { judge, type References } from './oracle.ts';
import { drawn } from './random.ts';
import { type Bounds, inTurn, type Report, Tally } from './report.ts';
import type { Row } from './rows.ts';
import type { Scene } from './scene.ts';

/** Has a call fail as a disk does that is full, broken, protected or another's: once, or from there on. */

/** The program takes these for a fault and nothing else: they differ in words alone, so one of them does at each call. */
export const alike = ['ENOSPC', 'EIO', 'EROFS'] as const;

interface Refusal {
  readonly call: Call;
  readonly act: (typeof alike)[number] | 'EACCES';
  readonly lasting: boolean;
}

export async function disk(scene: Scene, row: Row, bounds: Bounds): Promise<Report> {
  const { calls, references } = await count(scene, row);
  const { seed } = bounds;
  const all: Refusal[] = calls
    .filter(({ name }) => name !== 'spawn')
    .flatMap((call) => {
      const one = alike[Math.floor(drawn(seed, 'which', call.number) * alike.length)] ?? 'EIO';
      return [one, 'EACCES' as const].map((act) => ({
        call,
        act,
        lasting: drawn(seed, 'lasting', act, call.number) < 0.3,
      }));
    });
  const words = ({ act, call }: Refusal) => `${act} ${call.number}`;
  const order = bothSides(all, decisionOf(calls, row), seed, words);
  const tally = new Tally();
  await inTurn(order, bounds, tally, (refusal) =>
    withDesk(scene, row, async (desk) => {
      const { call, act, lasting } = refusal;
      const where = `${act} ${lasting ? 'from' : 'at'} ${call.number} ${call.name} ${call.subject}`;
      const times = lasting ? Number.MAX_SAFE_INTEGER : 1;
      const ended = await interposed(desk, row.args, { acts: [{ at: call.number, act, times }] });
      const atOnce = lasting || leavesLitter(call) ? [] : asSaid(desk, ended, row, references);
      const { is, faults } = await lookAfter(desk, row, references);
      const all = [...illSaid(ended), ...atOnce, ...faults, ...untrue(ended, is, row)];
      tally.add(`${ended.code === 0 ? 'done' : 'refused'}, ${is}`, where, all);
    }),
  );
  return tally.report(`disk ${row.name}`, all.length);
}

/** An operator can cause it: so it has a code and a way out, and no stack. */
export function illSaid({ code, stderr }: Outcome): string[] {
  const words = stderr.replace(/^(note|Plan| {2}).*\n/gm, '');
  if (/^ +at .*:\d+/m.test(stderr) || code === 1) return [`a stack trace: ${words}`];
  if (code === 0) return [];
  return /\[[A-Z_]+\]$/m.test(stderr) && /^what to do: /m.test(stderr) ? [] : [`says: ${words}`];
}

/** What is done is not undone for what could not be cleared away: that is what the next command begins with. */
function leavesLitter({ name, subject }: Call): boolean {
  const isOwn = /^\/proto\/\.proto\/(staging|journal\.json$|guard)/.test(subject);
  // Of what was removed from it, the journal last.
  return (/^(rm|rmdir|unlink)$/.test(name) && isOwn) || `${name} ${subject}` === syncOfState;
}
const syncOfState = 'sync /proto/.proto';

/** A fault that has passed leaves nothing to be cleared away. */
function asSaid(
  desk: Desk,
  { code, stderr }: Outcome,
  row: Row,
  references: References,
): readonly string[] {
  // What says of itself that it is not finished is finished by the next command.
  if (row.start === 'nothing' || /half done|RESTORE_UNFINISHED/.test(stderr)) return [];
  const { is, faults } = judge(desk, references);
  const wanted = code === 0 || isDone(stderr) ? 'new' : 'old';
  return is === wanted ? faults : [`left at once: ${is}, not ${wanted}`, ...faults];
}

function untrue({ code, stderr }: Outcome, is: string, row: Row): string[] {
  if (row.start === 'nothing' || is === 'blocked' || is === 'neither') return [];
  // It says that part of it is in place, and that the next command completes it if it can.
  if (/\[RESTORE_UNFINISHED\]/.test(stderr)) return [];
  const wanted = code === 0 || isDone(stderr) || willBeDone(stderr) ? 'new' : 'old';
  return is === wanted ? [] : [`ended with ${code} and is ${is}: ${stderr.slice(-600)}`];
}

/** The command could not end well, but said that it did all of it. */
function isDone(stderr: string): boolean {
  return /is done/.test(stderr);
}

/** It is half done, and the next command is said to go on with it, not back. */
function willBeDone(stderr: string): boolean {
  return /the first thing it does is to complete it\./.test(stderr);
}
