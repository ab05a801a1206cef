// npm run torture -- [--only NAME] [--seed N] [--minutes M | --all] [--from N] [--points N]: builds the program and attacks it at
// every call that it makes (test/torture), then its readers with hostile texts, the network between it and the vendor, and its
// secrets. In all it takes about M minutes (60 unless told): the readers have a quarter of them, and as many texts as they read
// in that time here; --all is every point and 100,000 texts, which is a night. It says how many of the points it made, and how to
// go on. With --only one attacker alone: `crash update`, `disk`, `readers`. Needs root, strace, tmux and unshare.
import { accessSync, constants } from 'node:fs';
import { parseArgs } from 'node:util';
import { install, must, root, tool } from './install.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seed: { type: 'string' },
    minutes: { type: 'string', default: '60' },
    all: { type: 'boolean', default: false },
    from: { type: 'string' },
    points: { type: 'string' },
  },
});
const { only, all } = values;
const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error('--minutes is a number');
/** What two processors that have nothing else to do read in a minute. */
const textsAMinute = 6000;
const whole = 100_000;

install();
must(process.execPath, ['scripts/build.mjs']);
// In memory, where a sync costs nothing: a kill leaves there what it leaves on a disk.
const env = { TMPDIR: folderInMemory(), ...process.env };
if (only !== 'readers') {
  const share = only === '' ? (minutes * 3) / 4 : minutes;
  const bound = all ? ['--all'] : ['--minutes', String(share)];
  const rest = ['from', 'points'].flatMap((name) =>
    values[name] === undefined ? [] : [`--${name}`, values[name]],
  );
  must(
    tool('tsx'),
    [`${root}test/torture/torture.ts`, '--only', only, '--seed', seed, ...bound, ...rest],
    env,
  );
}
if (only === '' || only === 'readers') {
  const share = only === '' ? minutes / 4 : minutes;
  const texts = all ? whole : Math.min(whole, Math.round(share * textsAMinute));
  console.log(`readers: ${texts} of ${whole} texts, seed ${seed}`);
  const tests = [
    'test/torture/fuzz',
    'test/torture/network',
    'test/e2e/secrets-commands.slow.test.ts',
  ];
  must(tool('vitest'), ['run', '--project', 'unit', '--project', 'slow', ...tests], {
    PROTO_TORTURE_RUNS: String(texts),
    PROTO_PROPERTY_SEED: seed,
    ...env,
  });
}

function folderInMemory() {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return '/tmp';
  }
}
