// npm run torture -- [--only NAME] [--seed N] [--minutes M] [--points N]: builds the program and attacks it at every call that
// it makes (test/torture). Needs root, strace, tmux and unshare.
import { install, must, root, tool } from './install.mjs';

install();
must(process.execPath, ['scripts/build.mjs']);
must(tool('tsx'), [`${root}test/torture/torture.ts`, ...process.argv.slice(2)]);
