import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/**
 * Before each test file: nothing of who runs the tests reaches one of them, neither keys, proxies, logins nor settings. What is
 * left says where programs are, how the machine speaks, and what the test run itself is reported.
 */

const kept =
  /^(PATH|LANG|LC_\w+|TZ|TERM|TMPDIR|USER|LOGNAME|SHELL|NODE_ENV|NODE_V8_COVERAGE|UPDATE_GOLDEN|TEST|MODE|DEV|PROD|SSR|BASE_URL|VITEST\w*|PROTO_\w+)$/;

for (const name of Object.keys(process.env)) {
  if (!kept.test(name)) delete process.env[name];
}

const home = mkdtempSync(join(tmpdir(), 'proto-test-home-'));
process.env.HOME = home;
afterAll(() => rmSync(home, { recursive: true, force: true }));

// The AWS SDK's word on Node 20, once a file.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

// `npm test` as root has no engine in sight; else the machine's own is hidden by naming one that is not there.
if (existsSync('/var/run/docker.sock')) process.env.DOCKER_HOST = `unix://${home}/no-engine.sock`;
