import { describe, expect, it } from 'vitest';
import { type Loading, mayBeInPlace } from '../../src/steps/backup/load-data.ts';

const loading = (mayHavePlace: () => Promise<boolean>): Loading =>
  ({ mayHavePlace }) as Partial<Loading> as Loading;
const no = loading(async () => false);
const yes = loading(async () => true);
const unsure = loading(async () => {
  throw new Error('the engine is gone');
});

describe('whether anything of a restore may be in place', () => {
  it.each([
    ['nothing was tried', [], false],
    ['the first failed, and says that it is not', [no], false],
    ['the first failed, and its answer was lost when it was done', [yes], true],
    ['the first failed, and can not be asked', [unsure], true],
    ['it came as far as the second', [no, no], true],
  ])('where %s', async (_, tried, expected) => {
    expect(await mayBeInPlace(tried)).toBe(expected);
  });
});
