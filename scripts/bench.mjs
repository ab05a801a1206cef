// npm run bench -- [ROUNDS] [--engine]: measures the built program and what it replaces, and writes docs/performance.md.
// --engine adds the measurements that need a Docker Engine (as root; scripts/provision.sh), under the lock of the engine tests.
// Needs, as root on Debian: apt-get install awscli cookiecutter hyperfine time
import { spawnSync } from 'node:child_process';
import { install, must, root, tool } from './install.mjs';

const missing = ['/usr/bin/aws', '/usr/bin/time', 'cookiecutter', 'hyperfine', 'python3'].filter(
  (program) => spawnSync(program, ['--version']).error !== undefined,
);
if (missing.length > 0) {
  console.error(`Missing programs: ${missing.join(', ')}.`);
  console.error('As root on Debian: apt-get install awscli cookiecutter hyperfine python3 time');
  process.exit(1);
}
install();
must(process.execPath, ['scripts/build-executable.mjs', process.arch]);
must(tool('tsx'), [`${root}scripts/bench.ts`, ...process.argv.slice(2)]);
