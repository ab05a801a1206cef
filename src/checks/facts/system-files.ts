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
