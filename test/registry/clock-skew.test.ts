import { expect, test } from 'vitest';
import { describeSkew } from '../../src/lib/net/clock-skew.ts';
import { skewInRefusal } from '../../src/registry/aws-errors.ts';

test.each([
  [0, '0 s ahead'],
  [-723_000, '12 min 3 s behind'],
  [360_000, '6 min ahead'],
  [-3_600_000 * 25, '1 d 1 h behind'],
  [7_200_400, '2 h ahead'],
])('a skew of %i ms reads %s', (ms, text) => {
  expect(describeSkew(ms)).toBe(text);
});

test.each([
  [
    'Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)',
    -900_000,
  ],
  [
    'Signature not yet current: 20260101T002000Z is still later than 20260101T000500Z (20260101T000000Z + 5 min.)',
    1_200_000,
  ],
  ['Signature expired: 20260101T000000Z', undefined],
  ['The security token included in the request is invalid.', undefined],
])('the skew is read from the refusal %j', (text, expected) => {
  expect(skewInRefusal(text)).toBe(expected);
});
