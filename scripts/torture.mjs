// npm run torture -- [--only NAME] [--seed N] [--minutes M | --all] [--from N] [--points N]: builds the program and attacks it at
// every call that it makes (test/torture), then its parsers with hostile texts, the network between it and the vendor, and its
// secrets. The run takes about M minutes (default: 60). The parsers get a quarter of that time, and as many texts as they can read
// in it. --all runs every point and 100,000 texts, which takes a night. It prints how many points it covered, and how to
// continue. --only runs a single attacker: `crash update`, `disk`, `readers`. Needs root, strace, tmux and unshare.
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
if (!(minutes > 0)) throw new Error('--minutes must be a number');
/** The number of texts that two idle processors read per minute. */
const textsAMinute = 6000;
const whole = 100_000;

install();
must(process.execPath, ['scripts/build.mjs']);
// In tmpfs, where fsync is free. A kill leaves the same files as on a disk.
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
