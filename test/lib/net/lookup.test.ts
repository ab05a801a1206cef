import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressesOf, LookupError } from '../../../src/lib/net/lookup.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const { PATH = '' } = process.env;
const never = new AbortController().signal;
const asked = (host: string, path = PATH, signal = never) =>
  addressesOf(host, { env: { PATH: path }, signal });

/** A getent of the test. */
function getent(script: string): string {
  const path = join(folder, 'getent');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return `${folder}:${PATH}`;
}

describe('the addresses of a host', () => {
  test('are those that the system knows', async () => {
    expect(await asked('localhost')).toContainEqual({ address: '127.0.0.1', family: 4 });
  });

  test('that is an address are itself, without asking anyone', async () => {
    const path = getent('exit 9');
    expect(await asked('192.0.2.1', path)).toEqual([{ address: '192.0.2.1', family: 4 }]);
    expect(await asked('[2001:db8::1]', path)).toEqual([{ address: '2001:db8::1', family: 6 }]);
  });

  test('are each named once, in the order of the system', async () => {
    const path = getent(`cat <<'END'
2001:db8::1     STREAM host.example
2001:db8::1     DGRAM
192.0.2.1       STREAM
192.0.2.1       RAW
fe80::1%eth0    STREAM
END`);
    expect(await asked('host.example', path)).toEqual([
      { address: '2001:db8::1', family: 6 },
      { address: '192.0.2.1', family: 4 },
      { address: 'fe80::1%eth0', family: 6 },
    ]);
  });

  test('are found without getent, too', async () => {
    expect(await asked('localhost', folder)).toContainEqual({ address: '127.0.0.1', family: 4 });
  });

  test('that does not exist: a LookupError', async () => {
    for (const host of ['no-such-host.invalid', '-h']) {
      await expect(asked(host)).rejects.toThrow(LookupError);
    }
  });
});

test('a name server that does not answer is left at once, with what asked it', async () => {
  const path = getent(`echo $$ >${folder}/pid; sleep 600`);
  const stop = new AbortController();
  const reason = new Error('interrupted');
  const pending = asked('host.example', path, stop.signal);
  setTimeout(() => stop.abort(reason), 200);
  await expect(pending).rejects.toBe(reason);
});
