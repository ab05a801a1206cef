import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import credentials from '../proto_credentials.example.json' with { type: 'json' };
import { startRegistry } from '../test/support/registry/index.ts';
import { startLargeRegistry, writeCurlScript } from './bench/bundles.ts';
import { engineTable } from './bench/engine.ts';
import { startFarRegistry } from './bench/far.ts';
import { growTemplates } from './bench/growth.ts';
import { type Candidate, measure } from './bench/measure.ts';
import { machine, table, writeReport } from './bench/report.ts';
// @ts-expect-error plain JavaScript
import { locked, nodePackage } from './node-binary.mjs';

/** Measures the waiting time of an operator, compared with plain Node and with the tools that the program replaces. */

const root = fileURLToPath(new URL('..', import.meta.url));
const words = process.argv.slice(2);
const rounds = Number(words.find((word) => /^\d+$/.test(word)) ?? 20);
const withEngine = words.includes('--engine');
const node = process.execPath;
const nodeInside = join(nodePackage(process.arch), 'bin/node');
const installed = `${node} ${root}dist/proto-scaffold.js`;
const executable = `${root}dist/proto-scaffold-linux-${process.arch}`;

const registry = await startRegistry();
await registry.seedRelease({ version: '2026.11.0' });
const far = await startFarRegistry(20);
const large = await startLargeRegistry(100);
const folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-bench-'));
const bin = join(folder, 'bin');
mkdirSync(bin);
writeFileSync(join(bin, 'docker'), '#!/bin/sh\n[ "$1" != login ] || cat >/dev/null\n', {
  mode: 0o755,
});
writeFileSync(join(folder, 'proto_credentials.json'), JSON.stringify(credentials));
chmodSync(join(folder, 'proto_credentials.json'), 0o600);

const { NODE_EXTRA_CA_CERTS: _costs37Ms, ...outer } = process.env;
const env = {
  ...outer,
  PATH: `${bin}:/usr/bin:/bin`,
  HOME: folder,
  DOCKER_CONFIG: join(folder, '.docker'),
  AWS_ENDPOINT_URL_ECR: registry.endpoint,
  AWS_ACCESS_KEY_ID: credentials.aws.access_key_id,
  AWS_SECRET_ACCESS_KEY: credentials.aws.secret_access_key,
  AWS_DEFAULT_REGION: credentials.aws.region,
};
const init = 'init made --url chat.example-bank.com --yes';
try {
  // An installation that is already up to date.
  const ready = [`${root}dist/proto-scaffold.js`, 'init', 'ready', '--url=chat.example-bank.com'];
  await promisify(execFile)(node, ready, { cwd: folder, env });
  layCookiecutter();
  const measured = await measure(
    [
      ...ours(installed, `${node} -e 0`, 'Node'),
      ...ours(executable, `${nodeInside} -e 0`, 'executable'),
      ...others(),
      ...farAway(),
      ...(await bundles()),
      ...memoryOfOthers(),
      ...growth(),
    ],
    { rounds, folder, env },
  );
  const said = (program: string) => execFileSync(program, ['--version']).toString().trim();
  const versions = [`Node ${process.versions.node}`, `Node ${locked.version} in the executable`];
  versions.push(said('/usr/bin/aws').split(' ')[0] ?? '', said('python3'));
  const tables = [table(measured), ...(withEngine ? [await engineTable(rounds)] : [])];
  writeReport(`${root}docs/performance.md`, [machine(versions, rounds), ...tables]);
  console.log(tables.join('\n\n'));
} finally {
  rmSync(folder, { recursive: true, force: true });
  for (const each of [registry, far, large]) await each.close();
}

/** One form of the program, compared with the Node that runs it. */
function ours(program: string, bare: string, label: string): Candidate[] {
  const against = `${label}: node -e 0`;
  const candidate = (command: string, atMost: number, prepare?: string): Candidate => ({
    name: `${label}: ${command
      .split(' ')
      .slice(0, 2)
      .join(' ')
      .replace(/ (made|--dir)$/, '')}`,
    command: `${program} ${command}`,
    against,
    atMost,
    ...(prepare === undefined ? {} : { prepare }),
  });
  return [
    { name: against, command: bare, against },
    candidate('--version', 1.1),
    candidate('--help', 1.1),
    candidate('init --dry-run --url chat.example-bank.com', 2),
    candidate(init, 3.4, 'rm -rf made'),
    candidate('update --dir ready', 3.4),
  ];
}

/** The same files and the same login with other tools. */
function others(): Candidate[] {
  const { endpoint, registryHost } = registry;
  const script = `${root}scripts/bench/scaffold.py ${root}templates made ${endpoint} ${registryHost}`;
  const login = `/usr/bin/aws ecr get-login-password --endpoint-url ${endpoint} | docker login --username AWS --password-stdin ${registryHost}`;
  writeFileSync(
    join(bin, 'cookie'),
    `#!/bin/sh\ncookiecutter --no-input -o made cookie && ${login}\n`,
    {
      mode: 0o755,
    },
  );
  const prepare = 'rm -rf made';
  const against = 'executable: init';
  return [
    {
      name: 'Python, AWS CLI',
      command: `/usr/bin/python3 ${script}`,
      prepare,
      against,
      atLeast: 5,
    },
    { name: 'cookiecutter, AWS CLI', command: 'cookie', prepare, against, atLeast: 5 },
  ];
}

/** Over TLS with a round trip of 20 ms, compared with the two unavoidable requests. */
function farAway(): Candidate[] {
  const inFar = `/usr/bin/env NODE_EXTRA_CA_CERTS=${far.caFile} AWS_ENDPOINT_URL_ECR=${far.endpoint}`;
  const against = '20 ms away: two requests';
  const prepare = 'rm -rf made';
  const requests = `${inFar} ${nodeInside} ${root}scripts/bench/two-requests.mjs`;
  return [
    { name: against, command: requests, against },
    {
      name: '20 ms away: init',
      command: `${inFar} ${executable} ${init}`,
      prepare,
      against,
      atMost: 1.2,
    },
  ];
}

/** Two static bundles of 100 MB. */
async function bundles(): Promise<Candidate[]> {
  const against = '200 MB: curl, tar x';
  const prepare = 'rm -rf made';
  const fetching = `/usr/bin/env AWS_ENDPOINT_URL_ECR=${large.endpoint} ${executable} ${init}`;
  return [
    { name: against, command: await writeCurlScript(folder, large), prepare, against },
    { name: '200 MB: init', command: fetching, prepare, against, atMost: 1.11 },
  ];
}

/** Memory measurements of the commands that do not need an engine or a separate host. */
function memoryOfOthers(): Candidate[] {
  const against = 'executable: node -e 0';
  return [
    'login',
    'history --dir ready',
    'config list --dir ready',
    'config get app.base_url --dir ready',
    'config set app.base_url https://b.example --dir ready --dry-run',
    'completion bash',
  ].map((command) => ({
    name: `executable: ${command.replace(/ (app|https|--dir).*/, '')}`,
    command: `${executable} ${command}`,
    against,
  }));
}

/** Ten times the input may take at most ten times as long. */
function growth(): Candidate[] {
  return [10, 100, 1000].map((count, index, all) => {
    const templates = join(folder, `templates-${count}`);
    growTemplates(`${root}templates`, templates, count);
    const name = (of: number) => `executable: init --dry-run, ${of} services and parameters more`;
    return {
      name: name(count),
      command: `${executable} init --dry-run --url a.example --templates ${templates}`,
      against: name(all[index - 1] ?? count),
      ...(index > 0 && { atMost: 10 }),
    };
  });
}

function layCookiecutter(): void {
  const template = join(folder, 'cookie/{{cookiecutter.name}}');
  cpSync(`${root}templates`, template, { recursive: true });
  writeFileSync(
    join(folder, 'cookie/cookiecutter.json'),
    JSON.stringify({ name: 'proto', url: 'chat.example-bank.com' }),
  );
  const platform = join(template, 'backend/config/platform.toml');
  writeFileSync(
    platform,
    readFileSync(platform, 'utf8').replaceAll('{YOUR_URL}', '{{cookiecutter.url}}'),
  );
}
