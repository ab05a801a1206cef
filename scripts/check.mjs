// npm run check: types, lint and format (the import rule among them), unused code, the package.
import { install, must, tool } from './install.mjs';

install();
must(tool('tsc'), ['--project', '.']);
must(tool('biome'), ['check', '--error-on-warnings', '.']);
must(tool('knip'), []);
must(process.execPath, ['scripts/build.mjs']);
must(tool('publint'), ['--strict']);
