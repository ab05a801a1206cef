// npm run executable -- [ARCHITECTURE…]: the program as one file that needs no Node, for each architecture of
// scripts/node-binary.json, into dist/, with licences, bill of materials and checksums. The same sources give the same
// bytes. --into FOLDER writes it there, from the existing stages in dist/.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCodeCaches } from './executable/code-cache.mjs';
import { install, must, root } from './install.mjs';
import { locked, nodePackage } from './node-binary.mjs';
import { sbomOf } from './sbom.mjs';
import { writeSums } from './sums.mjs';

// Node looks for the program in this section (https://nodejs.org/api/single-executable-applications.html).
const section = 'NODE_SEA_BLOB';
const sentinelFuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

// By default, V8 lets young garbage grow to 32 MB and more: with 1,000 services, that is a quarter of all memory.
const v8Options = ['--max-semi-space-size=4'];

// Files that the program reads unchanged.
const texts = ['answers.json', 'templates.json'];

const { values, positionals } = parseArgs({
  options: { into: { type: 'string' } },
  allowPositionals: true,
});
const architectures = positionals.length > 0 ? positionals : ['x64', 'arm64'];
const dist = join(root, 'dist');
const into = values.into ?? dist;

install();
if (values.into === undefined) must(process.execPath, ['scripts/build.mjs']);
const { buildSync } = await import('esbuild');
const { inject } = await import('postject');
const metafile = JSON.parse(readFileSync(join(root, '.cache/metafile.json'), 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'proto-scaffold-executable-'));
try {
  const stages = layOut();
  for (const architecture of architectures) await build(architecture, stages);
  writeSums(into, (name) => name.startsWith('proto-scaffold-linux-'));
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Copies the content of an executable to `work`. @returns the names of the stages */
function layOut() {
  buildSync({
    entryPoints: [join(root, 'scripts/executable/main.cjs')],
    outfile: join(work, 'main.cjs'),
    bundle: true,
    platform: 'node',
    minify: true,
  });
  for (const name of texts) copyFileSync(join(dist, name), join(work, name));
  const stages = readdirSync(dist).filter((name) => name.endsWith('.js'));
  mkdirSync(join(work, 'stages'));
  for (const name of stages) {
    const code = readFileSync(join(dist, name), 'utf8').replace(/^#!.*\n.*\n/, '');
    writeFileSync(join(work, 'stages', name), code);
  }
  return stages.sort();
}

async function build(architecture, stages) {
  // Node creates the blob for its own version. Except for the code cache, the machine does not matter.
  const builder = join(nodePackage(process.arch), 'bin/node');
  const assets = Object.fromEntries(texts.map((name) => [name, name]));
  for (const name of stages) assets[name] = `stages/${name}`;
  if (architecture === process.arch) {
    await writeCodeCaches(builder, root, work);
    for (const name of stages) assets[`${name}.cache`] = `caches/${name}.cache`;
  }
  const config = {
    // Use a relative path, because the blob contains the path of `main`.
    main: 'main.cjs',
    output: 'blob',
    disableExperimentalSEAWarning: true,
    execArgv: v8Options,
    // NODE_OPTIONS of the host is meant for the host's Node.
    execArgvExtension: 'none',
    assets,
  };
  writeFileSync(join(work, 'config.json'), JSON.stringify(config));
  execFileSync(builder, ['--experimental-sea-config', 'config.json'], { cwd: work, stdio: 'pipe' });

  const node = nodePackage(architecture);
  const output = join(into, `proto-scaffold-linux-${architecture}`);
  copyFileSync(join(node, 'bin/node'), output);
  await inject(output, section, readFileSync(join(work, 'blob')), { sentinelFuse });
  chmodSync(output, 0o755);
  writeCompanions(architecture, output, node);
  console.log(`${output}: with Node ${locked.version}`);
}

/** Writes the files next to an executable: its bill of materials, and the licences of everything in it. */
function writeCompanions(architecture, output, node) {
  const name = `node-linux-${architecture}`;
  const inside = { name, version: locked.version, integrity: locked.integrity[name] };
  const sbom = JSON.stringify(sbomOf(metafile, root, inside), null, 2);
  writeFileSync(`${output}.cdx.json`, `${sbom}\n`);
  const [ours, theirs] = [join(dist, 'LICENSES.txt'), join(node, 'LICENSE')].map((path) =>
    readFileSync(path, 'utf8'),
  );
  const heading = `${'='.repeat(80)}\nNode.js ${locked.version}\n${'='.repeat(80)}\n`;
  writeFileSync(`${output}.LICENSES.txt`, `${ours}\n${heading}\n${theirs}`);
}
