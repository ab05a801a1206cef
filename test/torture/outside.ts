import { callsIn } from '../support/crash/strace.ts';
import type { Desk } from '../support/program.ts';
import { withDesk } from './attempt.ts';
import { illSaid } from './disk.ts';
import { lookAfter } from './look-after.ts';
import { snapshot } from './oracle.ts';
import { shuffled } from './random.ts';
import { type Bounds, inTurn, type Report, Tally } from './report.ts';
import type { Row } from './rows.ts';
import type { Scene } from './scene.ts';

/** The same from outside of the program, by strace(1): every system call that touches the disk, Node's own among them. */

const touching = ['rename', 'link', 'unlink', 'rmdir', 'mkdir', 'fsync', 'fchmod', 'execve'];
const faults = ['signal=SIGKILL', 'error=ENOSPC', 'error=EIO', 'error=EROFS'] as const;

export async function outside(scene: Scene, row: Row, bounds: Bounds): Promise<Report> {
  const { points, references } = await withDesk(scene, row, async (desk) => {
    const contents = row.start !== 'nothing';
    const before = snapshot(desk, contents);
    const log = desk.path('.bin/calls');
    under(desk, log, []);
    await desk.run(...row.args);
    desk.through = [];
    const references = { before, after: snapshot(desk, contents), contents };
    return { points: callsIn(log), references };
  });
  const all = points.flatMap((point) => faults.map((fault) => ({ point, fault })));
  const tally = new Tally();
  const order = shuffled(
    all,
    bounds.seed,
    ({ point, fault }) => `${fault} ${point.syscall} ${point.when}`,
  );
  await inTurn(order, bounds, tally, ({ point, fault }) =>
    withDesk(scene, row, async (desk) => {
      const { syscall, when, line } = point;
      under(desk, '/dev/null', ['-e', `inject=${syscall}:${fault}:when=${when}`]);
      const ended = await desk.run(...row.args);
      desk.through = [];
      const said = ended.signal === null ? illSaid(ended) : [];
      const { is, faults } = await lookAfter(desk, row, references);
      const how = ended.signal === null ? `ended with ${ended.code}` : 'killed';
      tally.add(`${how}, ${is}`, `${fault} at ${line}`, [...said, ...faults]);
    }),
  );
  return tally.report(`outside ${row.name}`, all.length);
}

function under(desk: Desk, log: string, inject: readonly string[]): void {
  // strace counts in each thread by itself.
  desk.env.UV_THREADPOOL_SIZE = '1';
  desk.through = ['strace', '-f', '-qq', '-o', log, '-e', `trace=${touching.join()}`, ...inject];
}
