import { parseArgs } from 'node:util';
import { attacks } from './attacks.ts';
import { Scene } from './scene.ts';

/** All attackers in turn: what `npm run torture` runs. Ends with 1 where one has found something. */

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
const chosen = attacks.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) throw new Error(`no attack has "${values.only}" in its name`);
const end = Date.now() + Number(values.minutes) * 60_000;
console.log(`seed ${seed}: npm run torture -- --seed ${seed} --only "${values.only}"`);

const scene = await Scene.open();
let found = 0;
try {
  for (const [index, { name, run }] of chosen.entries()) {
    // What one leaves of its share of the time the others have.
    const share = (end - Date.now()) / (chosen.length - index);
    const report = await run(scene, { seed, limit, until: Date.now() + share });
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
