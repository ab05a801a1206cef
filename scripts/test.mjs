// node scripts/test.mjs TIER,… [FILE or option of vitest]…: installs what is missing, builds what is out of date, and runs the
// tiers of tests that this machine supports. It prints a line for each skipped tier; with PROTO_TEST_REQUIRE_ALL=1 it fails
// instead. As root on Linux, the tests have a separate network and an empty /run. The engine tests mostly wait, so they run in
// parallel lanes, each with its own engine. PROTO_TEST_REPORTS is a folder for vitest's reports.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { install, root, tool } from './install.mjs';
import { isolated, isolationMissing } from './isolate.mjs';

const hostPrograms = [
  'bash',
  'bindfs',
  'docker',
  'fish',
  'mandoc',
  'mkfs.exfat',
  'mount.exfat-fuse',
  'nginx',
  'openssl',
  'setfacl',
  'setfattr',
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
      : 'it is built only on Linux x64',
  engine: () => engineMissing() || isolationMissing(),
  peers: () => peersMissing(),
};

/** Duration in seconds of the longer engine tests, to distribute them. Other tests count as short. */
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
    const remedy =
      tier === 'peers' ? '' : ' To run them, run scripts/provision.sh as root on Debian.';
    console.log(`Skipped: the ${tier} tests (${reason}).${remedy}`);
    if (process.env.PROTO_TEST_REQUIRE_ALL === '1' && tier !== 'peers') process.exit(1);
  }
}

install();
const { buildIfStale, executableIfStale } = await import('./fresh.mjs');
buildIfStale();
// Outside the isolation, because Node is downloaded from npm.
if (present.includes('executable')) executableIfStale();
// Outside, too: Go downloads modules, once a machine.
if (present.includes('peers')) process.env.PROTO_TEST_PEERS = builtPeers();

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
 * @param isBeside whether another run prints at the same time; then each line starts with the name of the run
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

/** Additional reporter for scripts/summary.mjs. */
function report(name) {
  const folder = process.env.PROTO_TEST_REPORTS;
  if (folder === undefined) return { args: [], env: process.env };
  return {
    args: ['--reporter=default', '--reporter=./scripts/reporter.mjs'],
    env: { ...process.env, PROTO_TEST_REPORT: join(folder, `${name}.json`) },
  };
}

/**
 * Uses as many lanes as processors, but at most as many as files. Assigns the longest file first, to the lane with the least.
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
  // The folder of nginx is usually not on the PATH.
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const absent = names.filter(
    (name) => spawnSync(name, ['--version'], { env }).error !== undefined,
  );
  return absent.length === 0 ? '' : `${absent.join(', ')} not installed`;
}

/** The folder with the programs of others: ../shared, or where PROTO_SHARED says. */
function peersFolder() {
  return join(process.env.PROTO_SHARED ?? join(root, '../shared'), 'peers');
}

function peersMissing() {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/local/go/bin` };
  if (spawnSync('go', ['version'], { env }).status !== 0) return 'Go is not installed';
  return existsSync(peersFolder()) ? '' : `${peersFolder()} does not exist`;
}

function builtPeers() {
  console.log(
    'Building the programs that the tests for signatures use (once a machine, some minutes)',
  );
  const { status, stdout } = spawnSync('bash', [join(peersFolder(), 'build')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error('the programs could not be built');
  return stdout.trim().split('\n').at(-1);
}

function engineMissing() {
  const probe = spawnSync(process.execPath, [`${root}scripts/engine-available.mjs`]);
  return probe.status === 0 ? '' : String(probe.stdout).trim() || 'no Docker Engine';
}
