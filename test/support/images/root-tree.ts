import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What every image has: a shell and its tools, users, and a place for temporary files. */
export async function layBusybox(root: string): Promise<void> {
  await copyInto(root, ['/bin/busybox']);
  const { stdout } = await run('/bin/busybox', ['--list']);
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox');
  await Promise.all(applets.map((name) => symlink('busybox', join(root, 'bin', name))));
  await mkdir(join(root, 'etc'));
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0::/root:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\n',
  );
  await writeFile(join(root, 'etc/group'), 'root:x:0:\npostgres:x:999:\n');
  await mkdir(join(root, 'tmp'));
  await chmod(join(root, 'tmp'), 0o1777);
}

/** Programs or shared objects, with the libraries they load. */
export async function withLibraries(files: readonly string[]): Promise<string[]> {
  const { stdout } = await run('ldd', [...files]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => String(match[1]));
  return [...new Set([...files, ...libraries])];
}

/** Copies programs or shared objects to the paths they have here, with the libraries they load. */
export async function copyWithLibraries(root: string, files: readonly string[]): Promise<void> {
  await copyInto(root, await withLibraries(files));
}

/** Copies files or folders to the paths they have here; what links point to, not the links. */
export async function copyInto(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await cp(path, join(root, path), { recursive: true, dereference: true });
  }
}
