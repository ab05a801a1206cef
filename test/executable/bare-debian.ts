import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface BareDebian {
  readonly root: string;
  remove(): void;
}

const suite = 'bookworm';
/** Outlives a checkout: it takes a minute to make, and is the same for all. */
const archive = `/var/cache/proto-scaffold-tests/debian-${suite}-minbase.tar`;

/** A fresh tree of Debian as debootstrap makes it, of the machine's own Debian source. */
export function bareDebian(): BareDebian {
  if (!existsSync(archive)) makeArchive();
  const root = mkdtempSync(join(tmpdir(), 'proto-scaffold-debian-'));
  execFileSync('tar', ['-xf', archive, '-C', root]);
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

function makeArchive(): void {
  const tree = mkdtempSync(join(tmpdir(), 'proto-scaffold-debian-'));
  const filters = [
    'Created-By: Packages',
    'Origin: Debian',
    `Codename: ${suite}`,
    'Component: main',
  ];
  const targets = ['indextargets', '--format', '$(REPO_URI)', ...filters];
  const [source = ''] = execFileSync('apt-get', targets, { encoding: 'utf8' }).split('\n');
  try {
    execFileSync('debootstrap', ['--variant=minbase', suite, tree, source], { stdio: 'pipe' });
    rmSync(join(tree, 'var/cache/apt/archives'), { recursive: true });
    mkdirSync(join(archive, '..'), { recursive: true });
    execFileSync('tar', ['-cf', `${archive}.part`, '-C', tree, '.']);
    renameSync(`${archive}.part`, archive);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}
