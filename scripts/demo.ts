import { spawn, spawnSync } from 'node:child_process';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRegistry } from '../test/support/registry/index.ts';

/**
 * Runs `proto-scaffold init` against a test ECR and registry on 127.0.0.1, in a temporary folder that is removed
 * afterwards. The Docker login goes to a separate configuration.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const program = join(root, 'dist/proto-scaffold.js');

// Ctrl-C or a kill stops the running command. Then everything is cleaned up as at the end.
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort());

const registry = await startRegistry();
const folder = await mkdtemp(join(tmpdir(), 'proto-scaffold-demo-'));
try {
  await registry.seedRelease({ tags: ['stable'], version: '2026.11.0' });
  const credentials = join(folder, 'proto_credentials.json');
  await copyFile(join(root, 'proto_credentials.example.json'), credentials);
  await chmod(credentials, 0o600);
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_ECR: registry.endpoint,
    DOCKER_CONFIG: join(folder, '.docker'),
    PATH: await pathWithDocker(),
  };

  say(
    `A test ECR and registry listen on ${registry.registryHost}. A new folder contains proto_credentials.json.`,
  );
  say('');
  shell('proto-scaffold init --url chat.example-bank.com');
  const code = await run(['init', '--url', 'chat.example-bank.com'], env);
  if (code !== 0) throw new Error(`init exited with code ${code}`);

  shell('find proto -not -path "*/base/*"');
  await tree(join(folder, 'proto'), 'proto');
  shell('head -20 proto/backend/config/platform.toml');
  const config = await readFile(join(folder, 'proto/backend/config/platform.toml'), 'utf8');
  say(config.split('\n').slice(0, 20).join('\n'));
  shell('grep image: proto/backend/docker-compose.yml');
  const compose = await readFile(join(folder, 'proto/backend/docker-compose.yml'), 'utf8');
  say(
    compose
      .split('\n')
      .filter((line) => line.includes('image:'))
      .join('\n'),
  );
  say('\nThe next step on a real host, after you set the values listed above:');
  shell('cd proto/backend && docker compose up -d');
} catch (error) {
  if (!stop.signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
}

/** The PATH, with a stand-in for docker that accepts a login if docker is not installed. */
async function pathWithDocker(): Promise<string> {
  const path = process.env.PATH ?? '';
  if (spawnSync('docker', ['--version']).error === undefined) return path;
  say('(The docker command is not installed, so a stand-in accepts the login.)');
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'docker'), '#!/bin/sh\n[ "$1" = login ] && cat >/dev/null\n', {
    mode: 0o755,
  });
  return `${bin}${delimiter}${path}`;
}

function run(args: string[], env: NodeJS.ProcessEnv): Promise<number | null> {
  return new Promise((resolve, reject) => {
    stop.signal.throwIfAborted();
    const child = spawn(process.execPath, [program, ...args], {
      cwd: folder,
      env,
      stdio: 'inherit',
    });
    stop.signal.addEventListener('abort', () => child.kill('SIGTERM'));
    child.on('error', reject).on('close', resolve);
  });
}

async function tree(path: string, shown: string, indent = ''): Promise<void> {
  say(`${indent}${indent === '' ? shown : shown.split('/').at(-1)}/`);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name !== 'base') {
      await tree(join(path, entry.name), `${shown}/${entry.name}`, `${indent}  `);
    } else say(`${indent}  ${entry.name}${entry.isDirectory() ? '/ …' : ''}`);
  }
}

function shell(line: string): void {
  say(`\n$ ${line}`);
}

function say(text: string): void {
  console.log(text);
}
