import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { run } from '../../../src/lib/process/process.ts';
import {
  refuseUnsafeRuntime,
  runtimeVariables,
  unsafeNodeOptions,
  unsafeVariables,
} from '../../../src/lib/process/runtime-variables.ts';

it.each([
  ['--require /tmp/x.js', ['--require']],
  ['-r /tmp/x.js --max-old-space-size=300', ['-r']],
  ['--import=/tmp/x.mjs', ['--import']],
  ['--experimental_loader x', ['--experimental-loader']],
  ['"--inspect-brk=0.0.0.0:1"', ['--inspect-brk']],
  ['--tls-min-v1.0', ['--tls-min-v1.0']],
  ['--tls_keylog=/tmp/keys', ['--tls-keylog']],
  ['--heapsnapshot-signal=SIGUSR2', ['--heapsnapshot-signal']],
  ['--max-old-space-size=300 --no-warnings --use-openssl-ca --enable-source-maps', []],
  ['', []],
])('NODE_OPTIONS=%s has the unsafe options %j', (value, options) => {
  expect(unsafeNodeOptions(value)).toEqual(options);
});

it.each([
  [{ NODE_DEBUG: 'http' }, 'unset NODE_DEBUG'],
  [{ NODE_OPTIONS: '--inspect', OPENSSL_CONF: '/x' }, 'unset NODE_OPTIONS OPENSSL_CONF'],
])('%j is refused, with the way out', (env, hint) => {
  expect(() => refuseUnsafeRuntime(env)).toThrow(
    expect.objectContaining({ code: 'RUNTIME_UNSAFE', hint: expect.stringContaining(hint) }),
  );
});

it.each([
  {},
  { NODE_DEBUG: '', OPENSSL_CONF: '/dev/null', NODE_OPTIONS: '--max-old-space-size=300' },
  { NODE_TLS_REJECT_UNAUTHORIZED: '0', GODEBUG: 'x509ignoreCN=0' },
  { NODE_V8_COVERAGE: '/tmp/coverage', NODE_EXTRA_CA_CERTS: '/x', SSL_CERT_FILE: '/x' },
])('%j is not refused', (env) => {
  expect(() => refuseUnsafeRuntime(env)).not.toThrow();
});

it('does not take a variable that switches nothing off for one that does', () => {
  expect(unsafeVariables({ NODE_TLS_REJECT_UNAUTHORIZED: '1' })).toEqual([]);
});

it('hands none of them on to another program', async () => {
  const values = Object.fromEntries(runtimeVariables.map(({ name }) => [name, '0']));
  const { stdout } = await run(
    { program: 'env', args: [] },
    { env: { ...values, PATH: process.env.PATH, KEPT: 'yes' } },
  );
  expect(stdout.split('\n').map((line) => line.split('=')[0])).toEqual(
    expect.arrayContaining(['KEPT', 'PATH']),
  );
  for (const name of Object.keys(values)) expect(stdout).not.toContain(`${name}=`);
});

it('SECURITY.md says of each what becomes of it', () => {
  const security = readFileSync(new URL('../../../SECURITY.md', import.meta.url), 'utf8');
  for (const { name, way } of runtimeVariables) {
    expect(security).toMatch(new RegExp(`\\| [^|]*\`${name}\`[^|]* \\| [^|]*${way}`));
  }
});
