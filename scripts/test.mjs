// node scripts/test.mjs TIER,… [FILE or option of vitest]…: installs what is missing, builds what is stale, and runs those tiers
// of tests that this machine can run. What it leaves out it names, in one line a tier; with PROTO_TEST_REQUIRE_ALL=1 it fails
// instead. As root on Linux the tests have a network and an empty /run of their own. The engine tests, which wait more than they
// compute, run in lanes side by side, each with an engine of its own. PROTO_TEST_REPORTS names a folder for vitest's reports.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { install, root, tool } from './install.mjs';
import { isolated, isolationMissing } from './isolate.mjs';

const hostPrograms = [
  'bash',
  'docker',
  'fish',
  'mandoc',
  'nginx',
  'openssl',
  'strace',
  'tmux',
  'unshare',
  'zsh',
];
const host = () => missingPrograms(hostPrograms);
const missing = {
  unit: () => '',
  host,
  slow: host,
  executable: () =>
    process.platform === 'linux' && process.arch === 'x64'
      ? host()
      : 'it is made for Linux on x64 here',
  engine: () => engineMissing() || isolationMissing(),
};

/** Seconds that the longer ones of the engine tests took, to share them out; what is not here counts as short. */
const secondsOf = {
  'backup-large': 120,
  'day-two': 110,
  backup: 85,
  hybrid: 55,
  update: 55,
  init: 35,
};
const short = 20;

const [wanted = 'unit,host', ...rest] = process.argv.slice(2);
const present = [];
for (const tier of wanted.split(',')) {
  const reason = missing[tier]();
  if (reason === '') present.push(tier);
  else {
    console.log(
      `Left out: the ${tier} tests (${reason}). To run them, as root on Debian: scripts/provision.sh`,
    );
    if (process.env.PROTO_TEST_REQUIRE_ALL === '1') process.exit(1);
  }
}

install();
const { buildIfStale, executableIfStale } = await import('./fresh.mjs');
buildIfStale();
// Out here, as Node comes from npm.
if (present.includes('executable')) executableIfStale();

const plain = present.filter((tier) => tier !== 'engine');
let failed = false;
if (plain.length > 0) await run(plain.join('-'), plain, rest);
if (present.includes('engine')) {
  const lanes = lanesOf(rest);
  await Promise.all(
    lanes.map(({ files, options }, index) =>
      run(`engine-${index + 1}`, ['engine'], [...options, ...files], lanes.length > 1),
    ),
  );
}
process.exitCode = failed ? 1 : 0;

/**
 * One run of vitest.
 * @param isBeside whether another one writes at the same time: then each line says whose it is
 */
async function run(name, tiers, args, isBeside = false) {
  const reported = report(name);
  const command = [
    tool('vitest'),
    'run',
    ...tiers.flatMap((tier) => ['--project', tier]),
    ...reported.args,
    ...args,
  ];
  const [program, ...rest] = isolationMissing() === '' ? isolated(...command) : command;
  const child = spawn(program, rest, {
    cwd: root,
    env: reported.env,
    stdio: ['inherit', isBeside ? 'pipe' : 'inherit', isBeside ? 'pipe' : 'inherit'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => console.log(`${name} │ ${line}`));
  }
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (status !== 0) failed = true;
}

/** For scripts/summary.mjs, beside what is shown. */
function report(name) {
  const folder = process.env.PROTO_TEST_REPORTS;
  if (folder === undefined) return { args: [], env: process.env };
  return {
    args: ['--reporter=default', '--reporter=./scripts/reporter.mjs'],
    env: { ...process.env, PROTO_TEST_REPORT: join(folder, `${name}.json`) },
  };
}

/**
 * As many lanes as processors, at most as many as files. The longest file first, each to the lane that has the least.
 * @param words files or parts of their names, or none for all of them; options of vitest
 */
function lanesOf(words) {
  const all = readdirSync(join(root, 'test'), { recursive: true })
    .map((name) => `test/${name}`)
    .filter((file) => file.endsWith('.engine.test.ts'));
  const isName = (word) => !word.startsWith('-') && all.some((file) => file.includes(word));
  const named = all.filter((file) => words.some((word) => isName(word) && file.includes(word)));
  const files = (named.length > 0 ? named : all)
    .map((file) => ({ file, seconds: secondsOf[basename(file, '.engine.test.ts')] ?? short }))
    .sort((a, b) => b.seconds - a.seconds);
  const options = words.filter((word) => !isName(word));
  const count = Math.min(availableParallelism(), files.length);
  const lanes = Array.from({ length: count }, () => ({ files: [], seconds: 0, options }));
  for (const { file, seconds } of files) {
    const [lane] = lanes.toSorted((a, b) => a.seconds - b.seconds);
    lane.files.push(file);
    lane.seconds += seconds;
  }
  return lanes;
}

function missingPrograms(names) {
  // An ordinary PATH leaves out where nginx is.
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const absent = names.filter(
    (name) => spawnSync(name, ['--version'], { env }).error !== undefined,
  );
  return absent.length === 0 ? '' : `no ${absent.join(', ')} here`;
}

function engineMissing() {
  const probe = spawnSync(process.execPath, [`${root}scripts/engine-available.mjs`]);
  return probe.status === 0 ? '' : String(probe.stdout).trim() || 'no Docker Engine here';
}
