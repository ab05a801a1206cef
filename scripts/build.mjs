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
// A shell script that Node reads as a directive and a comment. Node resets ignored signals before it runs any code, so
// the shell looks for them (src/lib/process/ignored-signals.ts).
const start = `#!/usr/bin/env sh
":" //; while read -r name mask; do [ "$name" != SigIgn: ] || export PROTO_SCAFFOLD_SIGNALS_IGNORED="$mask"; done 2>/dev/null </proc/self/status; exec node "$0" "$@"
`;
for (const [name, code] of stages) {
  await writeFile(dist + name, name === 'proto-scaffold.js' ? start + code : code);
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
