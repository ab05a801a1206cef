// Bundles the program into dist/: one entry, one chunk for each command and for what commands share;
// and the licences of what is in the bundle.
import { chmod, rm, writeFile } from 'node:fs/promises';
import { install, root } from './install.mjs';
import { licensesOf } from './licenses.mjs';

install();
const { build } = await import('esbuild');
await rm(`${root}dist`, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { 'proto-scaffold': 'src/cli.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // jsonc-parser's CommonJS is UMD, which no bundler can follow.
  mainFields: ['module', 'main'],
  minifySyntax: true,
  // LICENSES.txt has the texts whole.
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  // What was written as CommonJS asks for Node's own modules with require.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
});
await writeFile(`${root}dist/LICENSES.txt`, licensesOf(metafile, root));
// npm makes it executable when it installs the package; a link to it from a working copy needs it, too.
await chmod(`${root}dist/proto-scaffold.js`, 0o755);
