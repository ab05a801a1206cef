// Bundles the program into dist/: stages of CommonJS, and their licences.
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { install, root } from './install.mjs';
import { licensesOf } from './licenses.mjs';
import { sbomOf } from './sbom.mjs';

install();
const { bundleStages } = await import('./bundle.mjs');
const { answersJson } = await import('./answers.mjs');
const { templatesJson } = await import('./templates.mjs');
const { stages, maps, metafile } = await bundleStages(root);

const dist = `${root}dist/`;
await rm(dist, { recursive: true, force: true });
await mkdir(dist);
for (const [name, code] of stages) {
  await writeFile(
    dist + name,
    name === 'proto-scaffold.js' ? `#!/usr/bin/env node\n${code}` : code,
  );
}
// npm makes the file executable when it installs the package. A link from a working copy needs this too.
await chmod(`${dist}proto-scaffold.js`, 0o755);
await writeFile(`${dist}templates.json`, await templatesJson(root));
await writeFile(`${dist}answers.json`, await answersJson(root));
// The parent folder uses ES modules.
await writeFile(`${dist}package.json`, '{ "type": "commonjs" }\n');
await writeFile(`${dist}LICENSES.txt`, licensesOf(metafile, root));
await writeFile(
  `${dist}proto-scaffold.cdx.json`,
  `${JSON.stringify(sbomOf(metafile, root), null, 2)}\n`,
);
// The content of each stage, for the tests and the bill of materials, not for operators.
await mkdir(`${root}.cache`, { recursive: true });
await writeFile(`${root}.cache/metafile.json`, JSON.stringify(metafile));
// Stored with a release, for scripts/resolve-stack.mjs.
await writeFile(`${root}.cache/source-maps.json`, JSON.stringify(Object.fromEntries(maps)));
