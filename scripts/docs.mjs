// npm run docs: regenerates the generated pages in docs/. A test fails if one of them is out of date.
import { install, must, root, tool } from './install.mjs';

install();
must(tool('tsx'), [`${root}scripts/docs.ts`]);
