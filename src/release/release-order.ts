/**
 * Compares two versions such as `2026.11.0`, number by number.
 * @returns negative, 0 or positive; `undefined` if one does not have this form
 */
export function compareVersions(a: string, b: string): number | undefined {
  if (![a, b].every((version) => /^\d+(\.\d+)*$/.test(version))) return undefined;
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [
    number[],
    number[],
  ];
  for (let part = 0; part < Math.max(left.length, right.length); part++) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The numbers at the start of a program's version: `v2.29.7-desktop.1` → `2.29.7`, `26.1.5+dfsg1` → `26.1.5`. */
export function versionNumber(text: string): string | undefined {
  return /^v?(\d+(?:\.\d+)*)/.exec(text.trim())?.[1];
}

/** Whether a program's version is the required one or later; `undefined` if it cannot be parsed. */
export function isAtLeast(version: string, wanted: string): boolean | undefined {
  const number = versionNumber(version);
  const order = number === undefined ? undefined : compareVersions(number, wanted);
  return order === undefined ? undefined : order >= 0;
}

/** What `nginx -v` prints, on stderr: `nginx version: nginx/1.18.0 (Ubuntu)`; also for variants (openresty). */
export function parseNginxVersion(text: string): string | undefined {
  return /^nginx version: \S+\/(\d+(?:\.\d+)*)/m.exec(text)?.[1];
}
