// npm run test:executable: builds the program as one executable, and runs against it the tests that are its own and
// a part of the others. Needs root on Linux x64, debootstrap and some minutes; npm test does not run it.
import { install, must, tool } from './install.mjs';

install();
must(process.execPath, ['scripts/build.mjs']);
must(process.execPath, ['scripts/build-executable.mjs', 'x64']);
must(tool('vitest'), ['run', '--project', 'executable', ...process.argv.slice(2)]);
