import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Whether the service's user can read its configuration; of what is in it, only the hash. */
export interface ConfigReport {
  readonly path: string;
  readonly readable: boolean;
  readonly sha256?: string;
  /** The operating system's code, such as `EACCES`. */
  readonly error?: string | undefined;
}

export function reportConfig(): ConfigReport {
  const path = process.env.PROTO_CONFIG ?? '/etc/proto/config.toml';
  try {
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    return { path, readable: true, sha256 };
  } catch (error) {
    return { path, readable: false, error: (error as NodeJS.ErrnoException).code };
  }
}
