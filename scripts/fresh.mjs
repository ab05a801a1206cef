// Checks whether dist/ is up to date with the sources, by comparing the content of all inputs of a build and of the output of the
// last build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must, root } from './install.mjs';

const inputs = ['src', 'templates', 'scripts', 'schemas', 'package.json', 'package-lock.json'];
const executable = 'proto-scaffold-linux-x64';
const isExecutable = (name) => name.startsWith('proto-scaffold-linux-') || name === 'SHA256SUMS';

/** Rebuilds dist/ if it is out of date. */
export function buildIfStale() {
  if (isFresh('stages', stages)) return;
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`dist/ is out of date, and the build failed:\n${stderr}`);
  remember('stages', stages);
}

/** Rebuilds the x64 executable from dist/ if it is out of date. */
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
    return false; // Never built, or files are missing.
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
