// npm run release -- VERSION [--commit]: builds all files of a release from the committed sources into
// release/VERSION/: the npm archive, the executables, the bills of materials, the checksums. Without --commit, this is
// a dry run that changes nothing else. --commit also commits the version and the change log, and tags that commit.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './install.mjs';
import { changelogFor, isNewer, withVersion } from './release-files.mjs';
import { writeSums } from './sums.mjs';

const [version, ...flags] = process.argv.slice(2);
const commit = flags.includes('--commit');
const run = (program, args, cwd = root) =>
  execFileSync(program, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
const today = new Date().toISOString().slice(0, 10);

refuse(
  !/^\d+\.\d+\.\d+$/.test(version ?? ''),
  'Usage: npm run release -- MAJOR.MINOR.PATCH [--commit]',
);
refuse(
  flags.some((flag) => flag !== '--commit'),
  'The only supported flag is --commit.',
);
refuse(run('git', ['status', '--porcelain']) !== '', 'The work tree has uncommitted changes.');
refuse(run('git', ['tag', '--list', `v${version}`]) !== '', `The tag v${version} already exists.`);
const present = JSON.parse(readFileSync(`${root}package.json`, 'utf8')).version;
refuse(!isNewer(version, present), `${version} is not newer than ${present}.`);

const target = `${root}release/${version}`;
const tree = mkdtempSync(join(tmpdir(), 'proto-scaffold-release-'));
try {
  run('git', ['worktree', 'add', '--detach', '--quiet', tree, 'HEAD']);
  writeVersion(tree);
  // Reuse downloads that were already verified.
  mkdirSync(join(tree, '.cache'));
  mkdirSync(`${root}.cache/node`, { recursive: true });
  symlinkSync(`${root}.cache/node`, join(tree, '.cache/node'));
  execFileSync(process.execPath, ['scripts/build-executable.mjs'], { cwd: tree, stdio: 'inherit' });
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  run('npm', ['pack', '--silent', '--pack-destination', target], tree);
  const built = readdirSync(join(tree, 'dist'));
  for (const name of built.filter((each) => /^proto-scaffold(-linux-.*|\.cdx\.json)$/.test(each))) {
    copyFileSync(join(tree, 'dist', name), join(target, name));
  }
  copyFileSync(join(tree, 'docs/proto-scaffold.1'), join(target, 'proto-scaffold.1'));
  copyFileSync(join(tree, '.cache/source-maps.json'), join(target, 'source-maps.json'));
  // The schema of the values file, which is written before `init`. An installation contains the schemas of its files.
  copyFileSync(join(tree, 'schemas/values.json'), join(target, 'values.schema.json'));
  writeFileSync(
    join(target, 'CHANGES.md'),
    changelogFor(version, readFileSync(join(tree, 'CHANGELOG.md'), 'utf8')),
  );
} finally {
  run('git', ['worktree', 'remove', '--force', tree]);
}

for (const [name, sum] of writeSums(target)) {
  console.log(`${sum}  ${String(statSync(join(target, name)).size).padStart(10)}  ${name}`);
}
if (commit) {
  writeVersion(root);
  run('git', ['commit', '--quiet', '--all', '--message', `Release ${version}`]);
  run('git', ['tag', '--annotate', `v${version}`, '--message', `Release ${version}`]);
  console.log(`Committed and tagged v${version}; nothing was pushed.`);
} else {
  console.log(
    `This was a dry run: only release/${version}/ was written. To commit and tag the release, pass --commit.`,
  );
}

function writeVersion(folder) {
  for (const name of ['package.json', 'package-lock.json', 'CHANGELOG.md']) {
    const path = join(folder, name);
    if (existsSync(path))
      writeFileSync(path, withVersion(name, readFileSync(path, 'utf8'), version, today));
  }
}

function refuse(condition, message) {
  if (!condition) return;
  console.error(message);
  process.exit(2);
}
