import type { Desk } from '../support/program.ts';
import { fingerprint } from './fingerprint.ts';
import { judge, type LateEdit, type References } from './oracle.ts';
import { untilStill } from './processes.ts';
import type { Row } from './rows.ts';

/** What the operator finds who goes on after an attack. */

export interface Looked {
  readonly is: 'old' | 'new' | 'neither' | 'blocked';
  readonly faults: readonly string[];
}

/** What was seen already, by what lay on the desk before: the same command makes the same of it. */
interface Seen {
  readonly afterNext: Map<string, Looked>;
  readonly afterAgain: Map<string, Looked>;
}
const seenWith = new WeakMap<References, Seen>();

/**
 * Runs what the operator runs next, and looks at the tree; where all is old, the same command again.
 * @returns what the tree is, and all that is wrong
 */
export async function lookAfter(
  desk: Desk,
  row: Row,
  references: References,
  late?: LateEdit,
): Promise<Looked> {
  const seen = seenWith.get(references) ?? { afterNext: new Map(), afterAgain: new Map() };
  seenWith.set(references, seen);
  return once(seen.afterNext, desk, async () => {
    const next = await desk.run(...row.next);
    const isWell =
      next.code === 0 || (row.mayEndWith && next.stderr.includes(`[${row.mayEndWith}]`));
    if (!isWell) {
      return {
        is: 'blocked',
        faults: [`the next command ended with ${next.code}: ${next.stderr}`],
      };
    }
    const judged = judge(desk, references, late);
    if (judged.is !== 'old' || late !== undefined) return judged;
    const { is, faults } = await once(seen.afterAgain, desk, () => again(desk, row, references));
    return { is, faults: [...judged.faults, ...faults] };
  });
}

async function once(
  seen: Map<string, Looked>,
  desk: Desk,
  look: () => Promise<Looked>,
): Promise<Looked> {
  await untilStill(desk);
  const before = fingerprint(desk);
  const known = seen.get(before);
  if (known !== undefined) return known;
  const looked = await look();
  seen.set(before, looked);
  return looked;
}

async function again(desk: Desk, row: Row, references: References): Promise<Looked> {
  const { code, stderr } = await desk.run(...row.args);
  if (code !== 0)
    return { is: 'blocked', faults: [`the same again ended with ${code}: ${stderr}`] };
  const { is, faults } = judge(desk, references);
  return { is: 'old', faults: is === 'new' ? faults : [`the same again made: ${is}`, ...faults] };
}
