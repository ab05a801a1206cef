// npm test: installs what is missing, builds, and runs every tier of tests that this machine can run.
// What it leaves out it names, in one line a tier. With PROTO_TEST_REQUIRE_ALL=1 it fails instead.
import { spawnSync } from 'node:child_process';
import { install, must, root, tool } from './install.mjs';

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
const tiers = [
  { name: 'unit', missing: () => '' },
  {
    name: 'host',
    missing: () => missingPrograms(hostPrograms),
  },
  {
    name: 'executable',
    missing: () =>
      process.platform === 'linux' && process.arch === 'x64'
        ? missingPrograms([...hostPrograms, 'debootstrap'])
        : 'it is made for Linux on x64 here',
  },
  { name: 'engine', missing: engineMissing },
];

install();
must(process.execPath, ['scripts/build.mjs']);

const present = [];
for (const { name, missing } of tiers) {
  const reason = missing();
  if (reason === '') present.push(name);
  else {
    console.log(
      `Left out: the ${name} tests (${reason}). To run them, as root on Debian: scripts/provision.sh`,
    );
    if (process.env.PROTO_TEST_REQUIRE_ALL === '1') process.exit(1);
  }
}
must(tool('vitest'), [
  'run',
  ...present.flatMap((name) => ['--project', name]),
  ...(process.argv.length > 2 ? process.argv.slice(2) : ['--coverage']),
]);

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
