import { renameSync, rmSync } from 'node:fs';
import { inOwnMounts } from '../support/hosts.ts';
import { count, withDesk } from './attempt.ts';
import { illSaid } from './disk.ts';
import { lookAfter } from './look-after.ts';
import { drawn } from './random.ts';
import { type Bounds, inTurn, type Report, Tally } from './report.ts';
import type { Row } from './rows.ts';
import type { Scene } from './scene.ts';

/** An installation on a disk of its own (tmpfs) that has room for some of the change. */

export async function full(scene: Scene, row: Row, bounds: Bounds): Promise<Report> {
  const { references } = await count(scene, row);
  const rooms = Array.from({ length: 60 }, (_, index) =>
    Math.floor(drawn(bounds.seed, index) * 400),
  );
  const tally = new Tally();
  await inTurn(rooms, bounds, tally, (kilobytes) =>
    withDesk(scene, row, async (desk) => {
      inOwnMounts(desk, onDiskWith(kilobytes), true);
      const ended = await desk.run(...row.args, ...(row.name === 'update' ? anyway : []));
      desk.through = [];
      rmSync(desk.path('proto'), { recursive: true });
      renameSync(desk.path('.bin/after'), desk.path('proto'));
      const isFull = ended.code === 3 && /\[(DISK_FULL|CHECK_FAILED)\]/.test(ended.stderr);
      const said = ended.code === 0 || isFull ? [] : [`says: ${ended.stderr.slice(-500)}`];
      const { is, faults } = await lookAfter(desk, row, references);
      const wanted = ended.code === 0 ? 'new' : 'old';
      const untrue = is === wanted ? [] : [`ended with ${ended.code} and is ${is}`];
      const all = [...illSaid(ended), ...said, ...faults, ...untrue];
      tally.add(`${ended.code === 0 ? 'done' : 'refused'}, ${is}`, `${kilobytes} KB free`, all);
    }),
  );
  return tally.report(`full ${row.name}`, rooms.length);
}

/** So small a disk is reported of before anything is begun; this is about what comes after. */
const anyway = ['--ignore', 'disk-installation'];

function onDiskWith(kilobytes: number): string {
  return [
    'cp -a proto .bin/seed; mount -t tmpfs -o size=100m,mode=755 tmpfs proto; cp -a .bin/seed/. proto/',
    'used=$(df -k --output=used proto | tail -n 1)',
    `mount -o remount,size=$((used + ${kilobytes}))k proto`,
    'status=0; "$@" || status=$?; cp -a proto/. .bin/after; exit $status',
  ].join('\n');
}
