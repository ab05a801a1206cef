import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secretMask } from '../../src/merge/mask-secrets.ts';
import { propertyRuns } from './support/runs.ts';

const secret = fc.string({ minLength: 6, maxLength: 20, unit: 'grapheme' }).map((s) => s.trim());
const longSecret = secret.filter((s) => [...s].length >= 6 && !s.includes('•'));

describe('secretMask', () => {
  it('leaves no known secret in a line, whichever way it is written there', () => {
    const ways = [
      (s: string) => s,
      (s: string) => `key = ${JSON.stringify(s)}`,
      (s: string) => `key: '${s.replaceAll("'", "''")}'`,
      (s: string) => `url = "https://user:${encodeURIComponent(s)}@host/"`,
      (s: string) => `KEY: ${s.replaceAll('$', '$$$$')}`,
    ];
    fc.assert(
      fc.property(fc.uniqueArray(longSecret, { minLength: 1, maxLength: 4 }), (secrets) => {
        for (const known of secrets) {
          for (const way of ways) {
            const written = way(known);
            const masked = secretMask(secrets)(written);
            expect(masked).toContain('••••••');
            for (const one of secrets) expect(masked).not.toContain(one);
          }
        }
      }),
      { numRuns: propertyRuns },
    );
  });

  it('masks each line of a secret of several lines', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----\n';
    expect(secretMask([key])('  MIIEvQIBADANBg')).toBe('  ••••••');
  });

  it('masks a line of it whose indentation is another there', () => {
    const key = '    MIIEvQIBADANBg  \r\n    aGVsbG8gd29ybGQ\r\n';
    expect(secretMask([key])(' MIIEvQIBADANBg')).toBe(' ••••••');
    expect(secretMask([key])('\taGVsbG8gd29ybGQ,')).toBe('\t••••••,');
  });

  it('masks the longer of two secrets of which one is part of the other', () => {
    expect(secretMask(['abcdefgh', 'abcdefgh-and-more'])('k = abcdefgh-and-more')).toBe(
      'k = ••••••',
    );
  });

  it('leaves a secret of fewer than six characters, and a line without one, as they are', () => {
    expect(secretMask(['12345', ''])('port = 12345')).toBe('port = 12345');
    expect(secretMask([])('port = 12345')).toBe('port = 12345');
  });
});
