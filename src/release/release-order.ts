import type { SemVer } from 'semver';
import parse from 'semver/functions/parse.js';

/** What may stand as a version or a tag in a line of ours and in a file name: at most 128 characters, none of them blank. */
export const versionPattern = /^[A-Za-z0-9_][\w.+~-]{0,127}$/;

/**
 * Compares two versions such as `2026.11.0` as semver.org does: `2026.12.0-rc.1` is before `2026.12.0`, and a build (`+1`)
 * does not count. Also allowed: leading zeros, and fewer or more than three numbers.
 * @returns negative, 0 or positive; `undefined` if one is not a version, which says nothing about their order
 */
export function compareVersions(a: string, b: string): number | undefined {
  const [left, right] = [versionOf(a), versionOf(b)];
  if (left === undefined || right === undefined) return undefined;
  return (
    left.semver.compareMain(right.semver) ||
    compareNumbers(left.more, right.more) ||
    left.semver.comparePre(right.semver)
  );
}

interface Version {
  readonly semver: SemVer;
  /** The numbers after the third. */
  readonly more: readonly number[];
}

function versionOf(text: string): Version | undefined {
  const [, numbers, rest = ''] = /^v?(\d+(?:\.\d+)*)([^\d.].*)?$/.exec(text.trim()) ?? [];
  if (numbers === undefined) return undefined;
  const parts = [...numbers.split('.'), '0', '0'];
  const semver = parse(`${parts.slice(0, 3).join('.')}${rest}`, { loose: true });
  const more = parts.slice(3, -2).map(Number);
  return semver === null ? undefined : { semver, more };
}

function compareNumbers(left: readonly number[], right: readonly number[]): number {
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
