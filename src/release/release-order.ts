/**
 * Which of two versions such as `2026.11.0` is older, number by number.
 * @returns negative, 0 or positive; `undefined` where one is no version of that form
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
