// npm run docs: writes the generated pages of docs/ anew. A test fails while one of them is old.
import { install, must, root, tool } from './install.mjs';

install();
must(tool('tsx'), [`${root}scripts/docs.ts`]);
