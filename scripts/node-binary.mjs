// The Node that executables are made of, from npm, checked against scripts/node-binary.json and kept in .cache/.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

/** The version, one for all architectures, and the integrity of each npm package, as package-lock.json has it. */
export const locked = JSON.parse(readFileSync(`${root}scripts/node-binary.json`, 'utf8'));

/**
 * @param architecture `x64` or `arm64`
 * @returns the folder of the npm package: `bin/node`, `LICENSE`
 * @throws Error where npm has something else than was locked
 */
export function nodePackage(architecture) {
  const name = `node-linux-${architecture}`;
  const cache = `${root}.cache/node`;
  const folder = join(cache, `${name}-${locked.version}`);
  if (existsSync(folder)) return folder;
  console.log(`Fetching ${name} ${locked.version} …`);
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetch-'));
  try {
    const pack = ['pack', '--silent', '--pack-destination', work, `${name}@${locked.version}`];
    const archive = join(work, execFileSync('npm', pack, { encoding: 'utf8' }).trim());
    const hash = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (`sha512-${hash}` !== locked.integrity[name]) {
      throw new Error(`${name} ${locked.version} is not what scripts/node-binary.json says`);
    }
    execFileSync('tar', ['-xzf', archive, '-C', work, 'package/bin/node', 'package/LICENSE']);
    renameSync(join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}
