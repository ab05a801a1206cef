// npm run demo: runs `init` against embedded servers. First installs and builds what is missing.
import { install, must, root, tool } from './install.mjs';

install();
// Ctrl-C reaches all programs in the terminal. This one waits for the demo to clean up.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
must(process.execPath, ['scripts/build.mjs']);
must(tool('tsx'), [`${root}scripts/demo.ts`]);
