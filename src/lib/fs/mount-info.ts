/** Mounted file systems. */

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
