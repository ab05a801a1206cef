import { rmSync } from 'node:fs';
import { type Call, callsTold, count, interposed, saveLate, withDesk } from './attempt.ts';
import { bothSides, decisionOf, isDecision, toldDecision, unsynced } from './decision.ts';
import { lookAfter } from './look-after.ts';
import { drawn } from './random.ts';
import { type Bounds, inTurn, type Report, Tally } from './report.ts';
import type { Row } from './rows.ts';
import type { Scene } from './scene.ts';

/** Kills a command at a call, or in the midst of what it writes, and looks what the next one finds. */

interface Death {
  readonly call: Call;
  readonly act: 'kill' | 'tear';
  readonly late: boolean;
}

export async function crash(scene: Scene, row: Row, bounds: Bounds): Promise<Report> {
  const { calls, references } = await count(scene, row);
  const { seed } = bounds;
  const words = ({ call, act }: Pick<Death, 'call' | 'act'>) => `${act} at ${call.number}`;
  const all = deathsAt(calls).map((death) => {
    return { ...death, late: drawn(seed, 'late', words(death)) < 0.4 };
  });
  const decision = decisionOf(calls, row);
  const order = bothSides(all, decision, seed, words);
  const tally = new Tally();
  tally.faults.push(...unsynced(calls, decision));
  await inTurn(order, bounds, tally, (death) =>
    withDesk(scene, row, async (desk) => {
      const { call, act } = death;
      const late = death.late ? ', then saved late' : '';
      const where = `${words(death)} ${call.name} ${call.subject}${late}`;
      const log = desk.path('.bin/met');
      const acts = [{ at: call.number, act }, toldDecision(desk, row)];
      const ended = await interposed(desk, row.args, { acts, log });
      if (ended.signal !== 'SIGKILL') {
        // The order of what goes on side by side differs, so that its end can come sooner.
        const isNearEnd = call.number > calls.length * 0.98 && ended.code === 0;
        tally.add('not met', where, isNearEnd ? [] : [`was not killed: ${ended.stderr}`]);
        return;
      }
      const met = callsTold(desk, log);
      rmSync(log);
      // How often it asks whether something is ready differs, and with it the number of what comes after.
      const isDecided = met.some((each) => isDecision(each, row) && each.number < call.number);
      const edit = death.late ? saveLate(desk) : undefined;
      const { is, faults } = await lookAfter(desk, row, references, edit);
      tally.add(is, where, [...faults, ...misplaced(is, isDecided, row)]);
    }),
  );
  return tally.report(`crash ${row.name}`, all.length);
}

/** Before each call, and in the midst of each that writes. */
function deathsAt(calls: readonly Call[]): Pick<Death, 'call' | 'act'>[] {
  return calls.flatMap((call) => [
    { call, act: 'kill' as const },
    ...(call.name === 'writeFile' && !call.subject.includes('/guard-')
      ? [{ call, act: 'tear' as const }]
      : []),
  ]);
}

/** Wholly old or new, but on the wrong side of the decision. */
function misplaced(is: string, isDecided: boolean, row: Row): string[] {
  if (row.start === 'nothing') return is === 'new' ? [] : [`init again made: ${is}`];
  const wanted = isDecided ? 'new' : 'old';
  return is === wanted || is === 'blocked' ? [] : [`is ${is}, and should be ${wanted}`];
}
