import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { retryAfterMs, TryAgain, withRetries } from '../../../src/lib/net/retry.ts';
import { failure } from './opened.ts';

const limits = { tries: 3, patientTries: 3, totalMs: 5000, backoffMs: 1 };
const busy = (text: string) => new UserError('SERVICE_UNAVAILABLE', text);

describe('an operation that may fail for now', () => {
  test('is tried again until it succeeds', async () => {
    let tries = 0;
    const result = await withRetries({ limits, host: 'h' }, async () => {
      tries += 1;
      if (tries < 3) throw new TryAgain(busy('not now'));
      return 'done';
    });
    expect([result, tries]).toEqual(['done', 3]);
  });

  test('is given up after the last try, with the last failure', async () => {
    let tries = 0;
    const error = await failure(
      withRetries({ limits, host: 'h' }, async () => {
        tries += 1;
        throw new TryAgain(busy(`failure ${tries}`));
      }),
    );
    expect([error.message, tries]).toEqual(['failure 3', 3]);
  });

  test('is tried once where the failure is for good', async () => {
    let tries = 0;
    const error = await failure(
      withRetries({ limits, host: 'h' }, async () => {
        tries += 1;
        throw new UserError('REPOSITORY_UNKNOWN', 'no such thing');
      }),
    );
    expect([error.code, tries]).toEqual(['REPOSITORY_UNKNOWN', 1]);
  });

  test('is not waited for where the other side asks for more time than there is', async () => {
    let tries = 0;
    const error = await failure(
      withRetries({ limits, host: 'h' }, async () => {
        tries += 1;
        throw new TryAgain(busy('come back tomorrow'), { afterMs: 86_400_000 });
      }),
    );
    expect([error.message, tries]).toEqual(['come back tomorrow', 1]);
  });

  test('waits as long as the other side asks, and says so', async () => {
    const trace: string[] = [];
    let tries = 0;
    await withRetries({ limits, host: 'h', trace: (line) => trace.push(line) }, async () => {
      tries += 1;
      if (tries === 1) throw new TryAgain(busy('Too many.'), { afterMs: 20 });
    });
    expect(trace).toEqual(['Too many. Retrying in 20 ms.']);
  });
});

describe('the time for all tries', () => {
  const never = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  const short = { ...limits, totalMs: 30 };

  test('ends a try that does not end', async () => {
    const error = await failure(withRetries({ limits: short, host: 'api.example' }, never));
    expect(error.code).toBe('NETWORK_TIMEOUT');
    expect(error.message).toBe('api.example did not answer within 30 ms.');
  });

  test('ends with the failure that is known already', async () => {
    let tries = 0;
    const error = await failure(
      withRetries({ limits: short, host: 'h' }, (signal) => {
        tries += 1;
        if (tries === 1) throw new TryAgain(busy('answered 503'));
        return never(signal);
      }),
    );
    expect(error.message).toBe('answered 503');
  });

  test("is interrupted by the caller's abort, with the caller's reason", async () => {
    const reason = new Error('interrupted');
    const controller = new AbortController();
    const pending = withRetries({ limits, host: 'h', signal: controller.signal }, never);
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });

  test("a pause is interrupted by the caller's abort", async () => {
    const reason = new Error('interrupted');
    const controller = new AbortController();
    const pending = withRetries({ limits, host: 'h', signal: controller.signal }, async () => {
      setImmediate(() => controller.abort(reason));
      throw new TryAgain(busy('x'), { afterMs: 4000 });
    });
    await expect(pending).rejects.toBe(reason);
  });
});

describe('Retry-After', () => {
  test.each([
    ['7', 7000],
    ['0', 0],
    [undefined, undefined],
    ['soon', undefined],
    ['Thu, 01 Jan 2015 00:00:00 GMT', 0],
  ])('%s is %s ms', (header, expected) => {
    expect(retryAfterMs(header)).toBe(expected);
  });

  test('may be a date to come', () => {
    const ms = retryAfterMs(new Date(Date.now() + 60_000).toUTCString()) ?? 0;
    expect(ms).toBeGreaterThan(50_000);
    expect(ms).toBeLessThanOrEqual(60_000);
  });
});
