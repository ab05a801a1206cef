import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringifyLock } from '../../src/installation/lock.ts';
import { sha256 } from '../../src/lib/fs/files.ts';
import { baseFolder, fileMode, folderMode, lockFile } from '../../src/release/layout.ts';
import type { Installed } from './releases.ts';

/** Puts an installation from memory on the disk, as `init` would have made it, but for static bundles. */
export function writeInstallation(folder: string, { lock, base, current }: Installed): void {
  const put = (path: string, text: string) => {
    const parts = dirname(path).split('/');
    for (let length = 1; length <= parts.length; length++) {
      const parent = parts.slice(0, length).join('/');
      mkdirSync(join(folder, parent), { recursive: true });
      chmodSync(join(folder, parent), folderMode(parent));
    }
    writeFileSync(join(folder, path), text);
    chmodSync(join(folder, path), fileMode(path));
  };
  for (const [path, text] of current) put(path, text);
  for (const [path, text] of base) put(`${baseFolder}/${path}`, text);
  const files = Object.fromEntries([...base].map(([path, text]) => [path, sha256(text)]));
  put(lockFile, stringifyLock({ ...lock, files }));
}
