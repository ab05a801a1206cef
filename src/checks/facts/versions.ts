import { compareVersions } from '../../release/release-order.ts';

/** The numbers at the head of a program's version: `v2.29.7-desktop.1` → `2.29.7`, `26.1.5+dfsg1` → `26.1.5`. */
export function versionNumber(text: string): string | undefined {
  return /^v?(\d+(?:\.\d+)*)/.exec(text.trim())?.[1];
}

/** Whether a program's version is the wanted one or later; `undefined` where it can not be read. */
export function isAtLeast(version: string, wanted: string): boolean | undefined {
  const number = versionNumber(version);
  const order = number === undefined ? undefined : compareVersions(number, wanted);
  return order === undefined ? undefined : order >= 0;
}

/** What `nginx -v` prints, on stderr: `nginx version: nginx/1.18.0 (Ubuntu)`; also of its kin (openresty). */
export function parseNginxVersion(text: string): string | undefined {
  return /^nginx version: \S+\/(\d+(?:\.\d+)*)/m.exec(text)?.[1];
}
