import { parseArgs } from 'node:util';
import { crash } from './crash.ts';
import { disk } from './disk.ts';
import type { Bounds, Report } from './report.ts';
import { type Row, rows } from './rows.ts';
import { Scene } from './scene.ts';

/** All attackers in turn: what `npm run torture` runs. Ends with 1 where one has found something. */

type Attack = (scene: Scene, bounds: Bounds) => Promise<Report>;

const attacks: readonly (readonly [string, Attack])[] = [
  ...rows.map(({ name, ...row }) => [`crash ${name}`, by(crash, { name, ...row })] as const),
  ...rows.map(({ name, ...row }) => [`disk ${name}`, by(disk, { name, ...row })] as const),
];

function by(attack: (scene: Scene, row: Row, bounds: Bounds) => Promise<Report>, row: Row): Attack {
  return (scene, bounds) => attack(scene, row, bounds);
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seed: { type: 'string' },
    minutes: { type: 'string', default: '60' },
    points: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const limit = Number(values.points ?? Number.MAX_SAFE_INTEGER);
const chosen = attacks.filter(([name]) => name.includes(values.only));
if (chosen.length === 0) throw new Error(`no attack has "${values.only}" in its name`);
const end = Date.now() + Number(values.minutes) * 60_000;
console.log(`seed ${seed}: npm run torture -- --seed ${seed} --only "${values.only}"`);

const scene = await Scene.open();
let found = 0;
try {
  for (const [index, [name, attack]] of chosen.entries()) {
    // What one leaves of its share of the time the others have.
    const share = (end - Date.now()) / (chosen.length - index);
    const report = await attack(scene, { seed, limit, until: Date.now() + share });
    const { points, attacked, outcomes, faults } = report;
    console.log(`${name}: ${attacked} of ${points} points (${outcomes}); faults: ${faults.length}`);
    for (const fault of faults) console.log(`  ${fault.replaceAll(scene.registry.endpoint, '')}`);
    found += faults.length;
  }
} finally {
  await scene.close();
}
console.log(found === 0 ? 'Nothing found.' : `Found: ${found}.`);
process.exitCode = found === 0 ? 0 : 1;
