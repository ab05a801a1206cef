// npm run torture -- [--only NAME] [--seed N] [--minutes M] [--points N]: builds the program and attacks it at every call that
// it makes (test/torture); then, unless an attacker was named, its readers with 100,000 hostile texts, the network between it
// and the vendor, and its secrets. --readers: those alone. Needs root, strace, tmux and unshare.
import { install, must, root, tool } from './install.mjs';

const args = process.argv.slice(2);
const readers = [
  'test/torture/fuzz',
  'test/torture/network',
  'test/e2e/secrets-commands.host.test.ts',
];

install();
must(process.execPath, ['scripts/build.mjs']);
if (!args.includes('--readers')) must(tool('tsx'), [`${root}test/torture/torture.ts`, ...args]);
if (!args.some((arg) => arg.startsWith('--only'))) {
  const env = { PROTO_TORTURE_RUNS: '100000', ...process.env };
  must(tool('vitest'), ['run', '--project', 'unit', '--project', 'host', ...readers], env);
}
