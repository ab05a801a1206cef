// V8's code cache for the stages of the program, so that the executable compiles nothing of what it always uses.
// https://v8.dev/blog/code-caching-for-devs; the same sources give the same bytes.
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

// By chance and by the clock, V8 would place things differently and forget what was long unused.
const steady = ['--hash-seed=1', '--random-seed=1', '--single-threaded', '--no-flush-bytecode'];

/**
 * Runs the program twice, a dry run and a login at a stand-in for ECR, and keeps what was compiled.
 *
 * @param node the Node that will load the caches: it takes none that another one made
 * @param root the project's folder
 * @param work a folder that has `stages/`, and the program's other files beside them; the caches go to `caches/`
 * @throws Error where this Node would not take a cache
 */
export async function writeCodeCaches(node, root, work) {
  const desk = join(work, 'desk');
  mkdirSync(desk);
  copyFileSync(`${root}proto_credentials.example.json`, join(desk, 'proto_credentials.json'));
  chmodSync(join(desk, 'proto_credentials.json'), 0o600);
  // It reads the password: a pipe that nobody reads breaks now and then, and one function more is used.
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
  // Now and then a run on a busy machine waits where others don't, and uses a function more: until two are alike.
  const record = async (name, ...args) => {
    const seen = new Map();
    for (let attempt = 1; attempt <= 9; attempt++) {
      const caches = join(work, `${name}-${attempt}`);
      const hash = await recordOnce(caches, ...args);
      if (seen.has(hash)) return caches;
      seen.set(hash, caches);
    }
    throw new Error(`no two runs of ${name} made the same code cache`);
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

/** Where a cache says with which flags V8 ran; it is taken only by a V8 with the same (code-serializer.h). */
const flagsAt = 12;
const flagsOf = `new vm.Script('').createCachedData().toString('hex', ${flagsAt}, ${flagsAt} + 4)`;

/** Answers GetAuthorizationToken, and nothing else is asked. */
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
