// The Node binary for the executables, from npm, verified against scripts/node-binary.json and cached in .cache/.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

/** The version for all architectures, and the integrity of each npm package, as in package-lock.json. */
export const locked = JSON.parse(readFileSync(`${root}scripts/node-binary.json`, 'utf8'));

/**
 * @param architecture `x64` or `arm64`
 * @returns the folder of the npm package: `bin/node`, `LICENSE`
 * @throws Error if the npm package does not match the lock
 */
export function nodePackage(architecture) {
  const name = `node-linux-${architecture}`;
  const cache = `${root}.cache/node`;
  const folder = join(cache, `${name}-${locked.version}`);
  if (existsSync(folder)) return folder;
  console.log(`Downloading ${name} ${locked.version} …`);
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetch-'));
  try {
    const pack = ['pack', '--silent', '--pack-destination', work, `${name}@${locked.version}`];
    const archive = join(work, execFileSync('npm', pack, { encoding: 'utf8' }).trim());
    const hash = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (`sha512-${hash}` !== locked.integrity[name]) {
      throw new Error(`${name} ${locked.version} does not match scripts/node-binary.json`);
    }
    execFileSync('tar', ['-xzf', archive, '-C', work, 'package/bin/node', 'package/LICENSE']);
    renameSync(join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}
