import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';

/** File systems that lack what Linux's own have, mounted for a test by root; they are gone when it disposes of them. */

/** exFAT by FUSE: no owners, no permissions but those of the mount, no links, no file without a name. */
export function mountExfat(folder: string, options = 'umask=000'): Disposable {
  mkdirSync(folder);
  const image = `${folder}.img`;
  writeFileSync(image, '');
  truncateSync(image, 64 * 1024 ** 2);
  execFileSync('mkfs.exfat', [image], { env: withSbin });
  const device = execFileSync('losetup', ['--find', '--show', image], { env: withSbin });
  const loop = device.toString().trim();
  const detach = () => execFileSync('losetup', ['--detach', loop], { env: withSbin });
  try {
    execFileSync('mount.exfat-fuse', [loop, folder, '-o', options], { env: withSbin });
  } catch (error) {
    detach();
    throw error;
  }
  return {
    [Symbol.dispose]() {
      execFileSync('umount', [folder]);
      detach();
    },
  };
}

/** Another folder by FUSE: as that one, but no file without a name. */
export function mountBindfs(folder: string): Disposable {
  for (const path of [folder, `${folder}.below`]) mkdirSync(path);
  execFileSync('bindfs', [`${folder}.below`, folder]);
  return { [Symbol.dispose]: () => void execFileSync('umount', [folder]) };
}

const withSbin = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
