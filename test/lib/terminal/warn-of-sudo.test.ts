import { expect, test } from 'vitest';
import { warnOfSudo } from '../../../src/lib/terminal/warn-of-sudo.ts';
import { Reporter } from '../../../src/reporter.ts';

function told(root: boolean, user?: string): string {
  let stderr = '';
  const reporter = new Reporter({
    ...{ json: false, quiet: false, verbose: false, version: '1', live: false },
    stdout: () => {},
    stderr: (text) => {
      stderr += text;
    },
  });
  warnOfSudo({ root, reporter, env: { SUDO_USER: user } });
  return stderr;
}

test('root by sudo is reported whose the login and the files are, and what to type', () => {
  const notice = told(true, 'anna');
  expect(notice).toMatch(/^note: .*to root, not to anna/);
  expect(notice).toContain('sudo docker compose');
  expect(notice).toContain('docker group');
});

test.each([
  [false, 'anna'],
  [true, undefined],
  [true, ''],
  [true, 'root'],
])('nothing is reported where root is %j and SUDO_USER %j', (root, user) => {
  expect(told(root, user)).toBe('');
});
