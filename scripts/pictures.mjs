// npm run pictures: redraws docs/pictures/*.svg from real runs in a terminal. Needs tmux.
import { install, must, root, tool } from './install.mjs';

install();
must(process.execPath, ['scripts/build.mjs']);
must(tool('tsx'), [`${root}scripts/pictures.ts`]);
