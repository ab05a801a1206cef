// npm run check: types, lint, format, the layout of src/, spelling, unused code, the package.
import { install, must, tool } from './install.mjs';

install();
must(tool('tsc'), ['--project', '.']);
must(tool('biome'), ['check', '--error-on-warnings', '.']);
must(process.execPath, ['scripts/house.mjs']);
must(tool('cspell'), ['--no-progress', '--quiet']);
must(tool('knip'), []);
must(process.execPath, ['scripts/build.mjs']);
must(tool('publint'), ['--strict']);
