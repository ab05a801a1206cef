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

/**
 * The skew that AWS's own refusal tells: `Signature expired: 20260101T000000Z is now earlier than
 * 20260101T001000Z (20260101T001500Z - 5 min.)`, and the same with `not yet current`. The first time
 * is when the request was signed, the last is AWS's.
 *
 * @returns ms, ahead is positive; undefined where the text tells no times
 */
export function skewInRefusal(text: string): number | undefined {
  const [signed, , now] = [...text.matchAll(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/g)].map(
    ([, year, month, day, hour, minute, second]) =>
      Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
  );
  return signed === undefined || now === undefined ? undefined : signed - now;
}
