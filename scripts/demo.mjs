// npm run demo: the main job on embedded parts. Installs and builds what is missing first.
import { install, must, root, tool } from './install.mjs';

install();
// Ctrl-C goes to all of a terminal's programs: this one waits for the demo to clear away what it made.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
must(process.execPath, ['scripts/build.mjs']);
must(tool('tsx'), [`${root}scripts/demo.ts`]);
