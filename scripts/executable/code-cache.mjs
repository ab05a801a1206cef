// V8's code cache for the stages of the program, so that the executable does not compile code that it always uses.
// See https://v8.dev/blog/code-caching-for-devs. The same sources give the same bytes.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const recorder = fileURLToPath(new URL('record.cjs', import.meta.url));
const checker = fileURLToPath(new URL('check.cjs', import.meta.url));

// Without these flags, V8 uses random placement and time-based eviction.
const steady = ['--hash-seed=1', '--random-seed=1', '--single-threaded', '--no-flush-bytecode'];

/**
 * Runs the program twice, with a dry run and with a login to a test ECR, and stores the compiled code.
 *
 * @param node the Node that will load the caches; it rejects caches from another Node
 * @param root the project's folder
 * @param work a folder with `stages/` and the program's other files; the caches go to `caches/`
 * @throws Error if this Node would reject a cache
 */
export async function writeCodeCaches(node, root, work) {
  const desk = join(work, 'desk');
  mkdirSync(desk);
  copyFileSync(`${root}proto_credentials.example.json`, join(desk, 'proto_credentials.json'));
  chmodSync(join(desk, 'proto_credentials.json'), 0o600);
  // Read the password. Otherwise, the pipe sometimes breaks, and the run uses an additional function.
  writeFileSync(join(desk, 'docker'), '#!/bin/sh\nread -r _\nexit 0\n', { mode: 0o755 });

  const ecr = await standIn();
  const env = {
    HOME: desk,
    PATH: desk,
    DOCKER_CONFIG: desk,
    AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${ecr.address().port}`,
  };
  const recordOnce = async (caches, ...args) => {
    await promisify(execFile)(node, [...steady, recorder, join(work, 'stages'), caches, ...args], {
      cwd: desk,
      env,
    });
    return hashOf(caches);
  };
  // On a busy machine, a run sometimes waits and uses an additional function. Repeat until two runs match.
  const record = async (name, ...args) => {
    const seen = new Map();
    for (let attempt = 1; attempt <= 9; attempt++) {
      const caches = join(work, `${name}-${attempt}`);
      const hash = await recordOnce(caches, ...args);
      if (seen.has(hash)) return caches;
      seen.set(hash, caches);
    }
    throw new Error(`no two runs of ${name} produced the same code cache`);
  };
  const runs = [
    await record('dry-run', 'init', '--dry-run', '--url=a.example'),
    await record('login', 'login'),
  ];
  ecr.close();

  const flags = execFileSync(node, ['-p', flagsOf]).toString().trim();
  mkdirSync(join(work, 'caches'));
  for (const name of readdirSync(runs[0])) {
    const [one, other] = runs.map((run) => readFileSync(join(run, name)));
    const cache = other.length > one.length ? other : one;
    cache.write(flags, flagsAt, 'hex');
    writeFileSync(join(work, 'caches', name), cache);
  }
  execFileSync(node, [checker, join(work, 'stages'), join(work, 'caches')], { stdio: 'inherit' });
}

function hashOf(folder) {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

/** Offset of the V8 flags in a cache. V8 accepts a cache only with the same flags (code-serializer.h). */
const flagsAt = 12;
const flagsOf = `new vm.Script('').createCachedData().toString('hex', ${flagsAt}, ${flagsAt} + 4)`;

/** Responds to GetAuthorizationToken, the only request. */
async function standIn() {
  const token = {
    authorizationToken: Buffer.from('AWS:password').toString('base64'),
    proxyEndpoint: 'http://127.0.0.1:1',
    expiresAt: 1,
  };
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ authorizationData: [token] }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
