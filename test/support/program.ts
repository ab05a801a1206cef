import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import exampleCredentials from '../../proto_credentials.example.json' with { type: 'json' };
import { createProgram } from '../../src/cli/program.ts';
import type { EmbeddedRegistry } from './registry/index.ts';
import { type Tree, treeOf } from './tree.ts';

/** The built program, as an operator runs it: in a folder of its own, with an environment of its own. */

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What npm installs, or the executable, where vitest.config.ts names it. */
export const program = join(root, process.env.PROTO_TEST_PROGRAM ?? 'dist/proto-scaffold.js');

/** How it is run: the executable needs no Node. */
export const commandLine: readonly string[] = process.env.PROTO_TEST_PROGRAM
  ? [program]
  : [process.execPath, program];

export interface Outcome {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const withoutInput: StdioOptions = ['ignore', 'pipe', 'pipe'];

/** What a desk has beside what the operator and the program put there. */
const equipment = ['.docker', '.config', '.bin', '.tmp'];

/** A folder for one test: the operator's home and working folder in one. */
export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
  readonly env: Record<string, string | undefined>;
  /** The program that runs ours, its command line before ours: `setpriv …`. */
  through: readonly string[] = [];
  stdio: StdioOptions = withoutInput;

  constructor(registry?: EmbeddedRegistry, env: Record<string, string | undefined> = {}) {
    mkdirSync(join(this.folder, '.tmp'));
    chmodSync(join(this.folder, '.tmp'), 0o1777);
    this.env = {
      PATH: process.env.PATH,
      HOME: this.folder,
      // No test takes up what another has downloaded.
      TMPDIR: join(this.folder, '.tmp'),
      DOCKER_CONFIG: join(this.folder, '.docker'),
      // The tests' engine, or where none is: never the machine's own.
      DOCKER_HOST: process.env.DOCKER_HOST,
      ...(registry && { AWS_ENDPOINT_URL_ECR: registry.endpoint }),
      ...env,
    };
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  write(name: string, content: string | Buffer | object, mode = 0o600): string {
    const path = this.path(name);
    const isRaw = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(path, isRaw ? content : JSON.stringify(content, null, 2));
    chmodSync(path, mode);
    return path;
  }

  /** Puts the example credentials here, with changes to their top level or to `aws`. */
  credentials(change: { aws?: object } & Record<string, unknown> = {}): string {
    const { aws, ...rest } = change;
    const body = { ...exampleCredentials, ...rest, aws: { ...exampleCredentials.aws, ...aws } };
    return this.write('proto_credentials.json', body);
  }

  /** Puts every value that a platform needs to start as values.json. */
  values(): string {
    return this.write('values.json', {
      url: 'chat.example-bank.com',
      sendgrid_api_key: 'canary-sendgrid',
      desired_email_from: 'example-bank.com',
      sendgrid_inbound_url_key_param: 'canary-inbound',
      openai_api_key: 'canary-openai',
    });
  }

  /** Puts a shell script before all else on the PATH. */
  putOnPath(name: string, script: string): string {
    mkdirSync(this.path('.bin'), { recursive: true });
    if (!this.env.PATH?.startsWith(this.path('.bin'))) {
      this.env.PATH = `${this.path('.bin')}${delimiter}${this.env.PATH}`;
    }
    const whole = name === 'docker' ? `${identified}\n${script}` : script;
    return this.write(`.bin/${name}`, `#!/bin/sh\n${whole}\n`, 0o755);
  }

  /**
   * A docker that takes any login, with an engine that has all images and nothing else, for tests that are not about
   * Docker.
   */
  putDockerStandInOnPath(): void {
    this.putOnPath(
      'docker',
      `case "$*" in
login*) cat >/dev/null ;;
version*) echo 27.3.1 ;;
ps* | 'volume ls'* | 'network ls'* | 'image inspect'* | pull*) ;;
'compose config --format json') echo '${emptyModel}' ;;
'volume inspect'*) echo 'Error response from daemon: get x: no such volume' >&2; exit 1 ;;
*) echo "this docker does not know: $*" >&2; exit 99 ;;
esac`,
    );
  }

  /** What lies here, but for Docker's and the program's own configuration and `putOnPath`. */
  tree(): Tree {
    return treeOf(this.folder, { without: equipment });
  }

  /** Runs the program to its end, without a terminal: in this process, unless it needs one of its own. */
  async run(...args: string[]): Promise<Outcome> {
    return this.runIn(this.folder, ...args);
  }

  /** The same from another folder. */
  async runIn(cwd: string, ...args: string[]): Promise<Outcome> {
    if (this.#needsProcess(args)) return finished(this.#spawnIn(cwd, args));
    return runHere(cwd, args, this.env);
  }

  /** Node reads its variables as it starts, and what hands stdin and stdout over has to have some of its own. */
  #needsProcess([command = '']: readonly string[]): boolean {
    return (
      process.env.PROTO_TEST_PROGRAM !== undefined ||
      this.through.length > 0 ||
      this.stdio !== withoutInput ||
      Object.keys(this.env).some((name) => name.startsWith('NODE_')) ||
      ['logs', 'psql', 'complete', 'completion'].includes(command)
    );
  }

  /** Runs the vendor's program, in this process. */
  release(...args: string[]): Promise<Outcome> {
    return runHere(this.folder, args, this.env, 'proto-release');
  }

  spawn(...args: string[]): ChildProcess {
    return this.#spawnIn(this.folder, args);
  }

  #spawnIn(cwd: string, args: readonly string[]): ChildProcess {
    const [first = program, ...rest] = [...this.through, ...commandLine, ...args];
    return spawn(first, rest, { cwd, env: this.env, stdio: this.stdio });
  }

  /** Runs with --json and gives the one document of stdout. */
  async json(...args: string[]): Promise<Outcome & { document: JsonOutput }> {
    const outcome = await this.run(...args, '--json');
    return { ...outcome, document: JSON.parse(outcome.stdout) as JsonOutput };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What `docker compose config` prints of a platform whose volumes do not exist yet. */
export const emptyModel = JSON.stringify({
  name: 'p',
  services: {
    postgres: {
      image: 'p',
      volumes: [{ type: 'volume', source: 'd', target: '/var/lib/postgresql/data' }],
    },
    bucket: { image: 'b', volumes: [{ type: 'volume', source: 'b', target: '/data' }] },
  },
  volumes: { d: { name: 'p_d' }, b: { name: 'p_b' } },
});

/**
 * Begins every stand-in for docker: Compose must be told project, folder and files, and must not see a variable that
 * would redirect it. The stand-in itself then sees the command without them. A call by hand has neither. No container
 * was started from the folder under another name, and nobody has used the data.
 */
const identified = `case "$*" in
ps*project.working_dir=*) exit ;;
'volume inspect '*.proto-scaffold*) echo '[]'; echo 'Error response from daemon: no such volume' >&2; exit 1 ;;
'volume create '*|'volume rm '*.proto-scaffold) exit ;;
esac
if [ "$1" = compose ]; then
  if [ "$2" = --project-name ]; then
    if [ "$4" != --project-directory ] || [ "$6" != --file ] || env | grep -q '^COMPOSE_'; then
      echo "redirected: $*" >&2
      exit 97
    fi
    shift 5
    while [ "$1" = --file ]; do shift 2; done
    set -- compose "$@"
  elif [ -z "$BY_HAND" ]; then
    echo "without its project: $*" >&2
    exit 97
  fi
fi`;

/** Runs the program from its source in this process: what it is given is all that it knows of a process. */
async function runHere(
  cwd: string,
  args: readonly string[],
  env: Desk['env'],
  name = program,
): Promise<Outcome> {
  const outcome = { stdout: '', stderr: '' };
  const into = (name: keyof typeof outcome) => ({
    write: (text: string) => {
      outcome[name] += text;
    },
  });
  const code = await createProgram({
    argv: [process.execPath, name, ...args],
    env: { ...env },
    cwd: () => realpathSync(cwd),
    stdin: () => Readable.from([]),
    stdinIsTerminal: false,
    stdout: into('stdout'),
    stderr: into('stderr'),
    signal: new AbortController().signal,
    group: process.getgid?.() ?? 0,
    root: process.getuid?.() === 0,
  }).run();
  return { code, signal: null, ...outcome };
}

export type JsonOutput = {
  formatVersion: number;
  command: string;
  ok: boolean;
  notices: string[];
  result?: any;
  error?: any;
};

export function finished(child: ChildProcess): Promise<Outcome> {
  const outcome = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    outcome.stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    outcome.stderr += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...outcome }));
  });
}
