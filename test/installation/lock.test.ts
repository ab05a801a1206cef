import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { type Lock, parseLock, stringifyLock } from '../../src/installation/lock.ts';

const lock: Lock = {
  formatVersion: 1,
  program: '1.2.3',
  customer: 'example-bank',
  hosting: 'on-premise',
  release: { tag: 'stable', version: '2026.11.0' },
  registry: '123456789012.dkr.ecr.ap-southeast-1.amazonaws.com',
  namespace: 'proto',
  project: 'proto',
  group: 1000,
  appliedAt: '2026-11-22T21:00:00.000Z',
  appliedBy: 'init',
  images: {
    platform: {
      repository: 'proto/platform',
      tag: 'stable',
      digest: `sha256:${'0'.repeat(64)}`,
      version: '2026.11.0',
    },
  },
  bundles: {
    'web-app': {
      repository: 'proto/web-app',
      tag: 'stable',
      digest: `sha256:${'1'.repeat(64)}`,
      folder: 'frontend',
    },
  },
  files: { 'backend/docker-compose.yml': '2'.repeat(64) },
};

function failure(text: string): UserError {
  try {
    parseLock(text, '.proto/lock.json');
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('the lock file was taken');
}

describe('the lock file', () => {
  it('is read back as it was written', () => {
    expect(parseLock(stringifyLock(lock), 'lock.json')).toEqual(lock);
  });

  it.each(['', '{', 'null', '[]', '7', '{"formatVersion":"1"}'])(
    'refuses %j as damaged',
    (text) => {
      expect(failure(text)).toMatchObject({ code: 'LOCK_INVALID', exitCode: 2 });
    },
  );

  it('names the keys that are wrong', () => {
    const { faults } = failure(
      stringifyLock({ ...lock, images: { platform: { digest: 'x' } as never } }),
    );
    expect(faults.map(({ key }) => key)).toContain('images.platform.digest');
  });

  it('refuses a newer format by its number, and does not guess', () => {
    const { message } = failure(JSON.stringify({ ...lock, formatVersion: 3, unknown: true }));
    expect(message).toBe(
      '.proto/lock.json has format 3; this version of proto-scaffold supports format 2.',
    );
  });
});
