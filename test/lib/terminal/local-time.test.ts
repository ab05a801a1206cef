import { expect, test } from 'vitest';
import { localTime } from '../../../src/lib/terminal/local-time.ts';

test.each([
  [480, '2026-11-23 09:04 (+08:00)'],
  [0, '2026-11-23 01:04 (+00:00)'],
  [-210, '2026-11-22 21:34 (-03:30)'],
])('a clock %i minutes ahead of UTC shows its own time and says so', (offset, text) => {
  expect(localTime(new Date('2026-11-23T01:04:59.999Z'), offset)).toBe(text);
});
