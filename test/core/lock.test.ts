import { describe, expect, it } from 'vitest';
import { type Lock, parseLock, stringifyLock } from '../../src/core/lock.ts';
import { UserError } from '../../src/errors.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const lock: Lock = {
  formatVersion: 1,
  program: '0.1.0',
  customer: 'example-bank',
  hosting: 'on-premise',
  release: { tag: 'stable', templates: '2026.11.0' },
  registry: '123456789012.dkr.ecr.ap-southeast-1.amazonaws.com',
  namespace: 'proto',
  project: 'proto',
  group: 1000,
  appliedAt: '2026-11-22T22:00:00.000Z',
  appliedBy: 'init',
  images: { platform: { repository: 'proto/platform', tag: 'stable', digest, version: '1' } },
  bundles: {
    'web-app': { repository: 'proto/web-app', tag: 'stable', digest, folder: 'frontend' },
  },
  files: { 'backend/config/platform.toml': 'b'.repeat(64) },
};

function refusal(text: string): UserError {
  try {
    parseLock(text, '.proto/lock.json');
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the lock file', () => {
  it('is read as it was written', () => {
    expect(parseLock(stringifyLock(lock), 'lock.json')).toEqual(lock);
    expect(stringifyLock(lock)).toMatch(/^\{\n {2}"formatVersion": 1,[\s\S]*\n\}\n$/);
  });

  it('may hold what a later version of this format adds', () => {
    const later = { ...lock, mirror: 'x' };
    expect(parseLock(JSON.stringify(later), 'lock.json')).toMatchObject(lock);
  });

  it.each([
    ['nothing', '', 'is not valid JSON'],
    ['half of it', stringifyLock(lock).slice(0, 200), 'is not valid JSON'],
    ['a list', '[]', 'is damaged'],
    ['null', 'null', 'is damaged'],
    [
      'a newer format',
      JSON.stringify({ formatVersion: 2 }),
      'has format 2; this program knows format 1',
    ],
    ['no format', JSON.stringify({ ...lock, formatVersion: undefined }), 'is damaged'],
    ['a digest that is none', stringifyLock(lock).replaceAll('sha256:', 'sha1:'), 'is damaged'],
    ['a path hash that is none', stringifyLock({ ...lock, files: { a: 'b' } }), 'is damaged'],
  ])('with %s is refused', (_what, text, message) => {
    const error = refusal(text);
    expect(error.code).toBe('LOCK_INVALID');
    expect(error.message).toBe(`.proto/lock.json ${message}.`);
  });

  it('names every key that is wrong', () => {
    const { customer: _customer, ...rest } = lock;
    const { faults } = refusal(JSON.stringify({ ...rest, group: 'x' }));
    expect(faults.map(({ key }) => key)).toEqual(['customer', 'group']);
  });
});
