// npm run executable: the program as one file that needs no Node, for each architecture of
// scripts/node-binary.json, into dist/. The same sources give the same bytes.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { writeCodeCaches } from './executable/code-cache.mjs';
import { install, must, root } from './install.mjs';
import { locked, nodePackage } from './node-binary.mjs';

install();
const { buildSync } = await import('esbuild');
const { inject } = await import('postject');

// Node looks for the program there (https://nodejs.org/api/single-executable-applications.html).
const section = 'NODE_SEA_BLOB';
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const dist = `${root}dist/`;
const work = `${root}.cache/executable/`;
must(process.execPath, [`${root}scripts/build.mjs`]);
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });

buildSync({
  entryPoints: [`${root}scripts/executable/main.cjs`],
  outfile: `${work}main.cjs`,
  bundle: true,
  platform: 'node',
  minify: true,
});
const stages = readdirSync(dist)
  .filter((name) => name.endsWith('.js'))
  .sort();
mkdirSync(`${work}stages`);
for (const name of stages) {
  const code = readFileSync(dist + name, 'utf8').replace(/^#!.*\n/, '');
  writeFileSync(`${work}stages/${name}`, code);
}
writeFileSync(`${work}templates.json`, JSON.stringify(templates()));
const wanted = process.argv.slice(2).filter((each) => each !== '--');
for (const architecture of wanted.length > 0 ? wanted : ['x64', 'arm64']) await build(architecture);

/** The template set by path, as src/host/templates.ts reads it. */
function templates() {
  const folder = `${root}templates`;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

async function build(architecture) {
  const node = nodePackage(architecture);
  const output = `${dist}proto-scaffold-linux-${architecture}`;
  // Node makes the blob for its own version; where it runs does not matter.
  const builder = join(nodePackage(process.arch), 'bin/node');
  const assets = Object.fromEntries(stages.map((name) => [name, `${work}stages/${name}`]));
  const config = {
    main: `${work}main.cjs`,
    output: `${work}blob`,
    disableExperimentalSEAWarning: true,
    assets: {
      ...assets,
      ...(architecture === process.arch && (await codeCache(builder))),
      'templates.json': `${work}templates.json`,
    },
  };
  writeFileSync(`${work}config.json`, JSON.stringify(config));
  execFileSync(builder, ['--experimental-sea-config', `${work}config.json`], { stdio: 'pipe' });
  copyFileSync(join(node, 'bin/node'), output);
  await inject(output, section, readFileSync(`${work}blob`), { sentinelFuse: fuse });
  chmodSync(output, 0o755);
  console.log(`dist/proto-scaffold-linux-${architecture}: Node ${locked.version}`);
}

async function codeCache(builder) {
  await writeCodeCaches(builder, root, work);
  return Object.fromEntries(stages.map((name) => [`${name}.cache`, `${work}caches/${name}.cache`]));
}
