// npm run demo: the main job on embedded parts. Installs and builds what is missing first.
import { install, must, root, tool } from './install.mjs';

install();
must(process.execPath, ['scripts/build.mjs']);
must(tool('tsx'), [`${root}scripts/demo.ts`]);
