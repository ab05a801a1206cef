import { parseArgs } from 'node:util';
import { attacks } from './attacks.ts';
import { Scene } from './scene.ts';

/** All attackers in turn: what `npm run torture` runs. Ends with 1 where one has found something. */

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seed: { type: 'string' },
    minutes: { type: 'string', default: '60' },
    all: { type: 'boolean', default: false },
    from: { type: 'string', default: '0' },
    points: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const from = Number(values.from);
const limit = Number(values.points ?? Number.MAX_SAFE_INTEGER);
const minutes = values.all ? Number.POSITIVE_INFINITY : Number(values.minutes);
if (![seed, from, limit].every(Number.isSafeInteger) || !(minutes > 0)) {
  throw new Error('--seed, --from, --points and --minutes are numbers');
}
const chosen = attacks.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) throw new Error(`no attack has "${values.only}" in its name`);
if (from > 0 && chosen.length > 1) throw new Error('--from goes on with one attack: name it');
console.log(`seed ${seed}, ${values.all ? 'to the end' : `at most ${minutes} minutes`}`);

const begun = Date.now();
const end = begun + minutes * 60_000;
const scene = await Scene.open();
let found = 0;
try {
  for (const [index, { name, run }] of chosen.entries()) {
    const since = Date.now();
    const spent = () => (Date.now() - since) / 1000;
    // What one leaves of its share of the time the others have.
    const until = values.all ? end : since + (end - since) / (chosen.length - index);
    let told = 0;
    let shown = 0;
    // At once, so that a run that is broken off has not found them in vain.
    const show = (faults: readonly string[]) => {
      for (const fault of faults.slice(shown)) {
        console.log(`  ${fault.replaceAll(scene.registry.endpoint, '')}`);
      }
      shown = faults.length;
    };
    const progress = (done: number, of: number, faults: readonly string[]) => {
      show(faults);
      if (spent() < told + 60) return;
      told = spent();
      console.log(`  ${name}: ${done} of ${of} after ${told.toFixed(0)} s`);
    };
    const report = await run(scene, { seed, from, limit, until, progress });
    const { points, attacked, outcomes, faults } = report;
    const each = attacked === 0 ? '' : `, ${(spent() / attacked).toFixed(2)} s each`;
    console.log(
      `${name}: ${attacked} of ${points} points${from === 0 ? '' : ` from ${from}`} in ${spent().toFixed(0)} s${each} (${outcomes}); faults: ${faults.length}`,
    );
    // Those that were found before the first point was made.
    show(faults);
    const done = from + attacked;
    if (done < points) {
      console.log(`  go on: --only "${name}" --seed ${seed} --from ${done}`);
    }
    found += faults.length;
  }
} finally {
  await scene.close();
}
const took = ((Date.now() - begun) / 60_000).toFixed(1);
console.log(`${found === 0 ? 'Nothing found' : `Found: ${found}`}, seed ${seed}, ${took} minutes.`);
process.exitCode = found === 0 ? 0 : 1;
