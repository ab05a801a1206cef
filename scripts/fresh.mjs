// Is what lies in dist/ what the sources make? It is told by the content of both: of all that goes into a build, and of what the
// last build here left.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must, root } from './install.mjs';

const inputs = ['src', 'templates', 'scripts', 'schemas', 'package.json', 'package-lock.json'];
const executable = 'proto-scaffold-linux-x64';
const isExecutable = (name) => name.startsWith('proto-scaffold-linux-') || name === 'SHA256SUMS';

/** Builds dist/ anew where it is not what the sources make. */
export function buildIfStale() {
  if (isFresh('stages', stages)) return;
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new Error(`dist/ is older than the sources, and they do not build:\n${stderr}`);
  remember('stages', stages);
}

/** The same for the executable of x64, out of what is in dist/. */
export function executableIfStale() {
  buildIfStale();
  if (isFresh('executable', made)) return;
  must(process.execPath, ['scripts/build-executable.mjs', '--into', 'dist', 'x64']);
  remember('executable', made);
}

const stages = () => filesIn('dist').filter((path) => !isExecutable(path.slice('dist/'.length)));
const made = () => [`dist/${executable}`];

function isFresh(what, outputs) {
  try {
    return readFileSync(stampOf(what), 'utf8') === stateWith(outputs());
  } catch {
    return false; // Never built here, or not all of it is left.
  }
}

function remember(what, outputs) {
  mkdirSync(join(root, '.cache'), { recursive: true });
  writeFileSync(stampOf(what), stateWith(outputs()));
}

function stampOf(what) {
  return join(root, `.cache/${what}.built`);
}

function stateWith(outputs) {
  const hash = createHash('sha256').update(process.version);
  for (const path of [...inputs.flatMap(filesIn), ...outputs]) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** All files at or below a path, by names relative to the project. */
function filesIn(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => filesIn(`${path}/${name}`));
}
