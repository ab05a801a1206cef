import { expect, it } from 'vitest';
import { compareVersions } from '../../src/release/release-order.ts';

/** Each is older than the next. */
const ascending = [
  '2026.9.0',
  '2026.09.1',
  '2026.10.0',
  '2026.12.0-alpha',
  '2026.12.0-beta.2',
  '2026.12.0-rc.1',
  '2026.12.0-rc.2',
  '2026.12.0-rc.10',
  '2026.12.0',
  '2026.12.0.1',
  '2026.12.1',
  'v2026.12.2',
  '2027',
  '2027.1',
  '2027.1.1+build.7',
];

it.each(ascending.slice(1).map((later, index) => [ascending[index] ?? '', later]))(
  '%s is older than %s',
  (earlier, later) => {
    expect(compareVersions(earlier, later)).toBeLessThan(0);
    expect(compareVersions(later, earlier)).toBeGreaterThan(0);
  },
);

it.each([
  ['2026.9', '2026.9.0'],
  ['2026.09.0', '2026.9.0'],
  ['v2026.9.0', '2026.9.0'],
  ['2026.9.0+1', '2026.9.0+2'],
])('%s is as old as %s', (one, other) => {
  expect(compareVersions(one, other)).toBe(0);
});

it.each(['', 'nightly', 'RELEASE.2026-01-01', '2026..1', '2026.9.', '1.2.3 4', '-1.0.0'])(
  '%j cannot be compared',
  (text) => {
    expect(compareVersions(text, '2026.9.0')).toBeUndefined();
    expect(compareVersions('2026.9.0', text)).toBeUndefined();
  },
);
