/**
 * A time for people: `2026-11-23 09:04 (+08:00)`.
 * @param offsetMinutes how far the local clock is ahead of UTC
 */
export function localTime(time: Date, offsetMinutes: number): string {
  const shifted = new Date(time.getTime() + offsetMinutes * 60_000).toISOString();
  const away = Math.abs(offsetMinutes);
  const [hours, minutes] = [Math.floor(away / 60), away % 60].map((part) =>
    String(part).padStart(2, '0'),
  );
  const sign = offsetMinutes < 0 ? '-' : '+';
  return `${shifted.slice(0, 10)} ${shifted.slice(11, 16)} (${sign}${hours}:${minutes})`;
}
