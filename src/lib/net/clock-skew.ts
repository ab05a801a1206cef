import type { NetworkResponse } from './network.ts';
/**
 * A skew in words: `12 min 3 s behind`.
 *
 * @param skewMs how far this host's clock is ahead, in ms (negative: behind)
 */
export function describeSkew(skewMs: number): string {
  const total = Math.round(Math.abs(skewMs) / 1000);
  const parts = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'min'],
    [total % 60, 's'],
  ] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  const amount = words.length === 0 ? '0 s' : words.slice(0, 2).join(' ');
  return `${amount} ${skewMs < 0 ? 'behind' : 'ahead'}`;
}

/** In ms, ahead is positive; undefined if a cache answered (Age), or the header is missing or not a date. */
export function skewOf({ headers }: NetworkResponse): number | undefined {
  const date = Date.parse(headers.date ?? '');
  return headers.age !== undefined || Number.isNaN(date) ? undefined : Date.now() - date;
}
