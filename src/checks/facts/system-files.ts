/** Parsers for system information files of Linux. */

export interface OsRelease {
  /** `ubuntu`, `debian` … */
  readonly id: string;
  /** `22.04` */
  readonly version: string;
  /** Display name: `Ubuntu 22.04.3 LTS`. */
  readonly name: string;
}

/** /etc/os-release: shell assignments, quoted or not (os-release(5)). */
export function parseOsRelease(text: string): OsRelease {
  const values = new Map(
    [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, key = '', value = '']) => [
      key,
      value.trim().replace(/^(["'])(.*)\1$/, '$2'),
    ]),
  );
  const id = values.get('ID') ?? 'linux';
  const version = values.get('VERSION_ID') ?? '';
  return { id, version, name: values.get('PRETTY_NAME') ?? `${id} ${version}`.trim() };
}

/** Bytes of memory from /proc/meminfo (proc(5)), without the memory that the kernel and the firmware reserve. */
export function parseMemTotal(text: string): number | undefined {
  const kib = /^MemTotal:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** A mounted file system. */
export interface MountedFileSystem {
  readonly path: string;
  /** `ext4`, `nfs4`, `fuse.sshfs` … */
  readonly type: string;
  readonly readOnly: boolean;
}

/** /proc/self/mountinfo (proc(5)): spaces in paths are escaped as `\040`. */
export function parseMountInfo(text: string): MountedFileSystem[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after] = line.split(' - ');
    if (after === undefined) return [];
    const fields = before.split(' ');
    const [type = '', , superOptions = ''] = after.split(' ');
    const options = `${fields[5] ?? ''},${superOptions}`.split(',');
    const path = (fields[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    return [{ path, type, readOnly: options.includes('ro') }];
  });
}

/** The file system that contains a path. If two are mounted at one place, the later one hides the other. */
export function mountOf(
  path: string,
  mounts: readonly MountedFileSystem[],
): MountedFileSystem | undefined {
  return mounts
    .filter((mount) => isBelow(path, mount.path))
    .reduce<MountedFileSystem | undefined>(
      (best, mount) => (best === undefined || mount.path.length >= best.path.length ? mount : best),
      undefined,
    );
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
