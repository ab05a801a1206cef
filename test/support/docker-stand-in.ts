import { existsSync, readFileSync } from 'node:fs';
import type { Desk } from './program.ts';

/** What a stand-in for docker answers to one command line. */
export interface Answer {
  /** Begins the command line, without `docker`; a regular expression. */
  readonly to: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number;
  /** Holds only once a command line that begins so was seen. */
  readonly after?: string;
  /** Prints its stdin, too. */
  readonly echo?: boolean;
  /** Goes on until it is ended. */
  readonly endless?: boolean;
  /** Takes a second. */
  readonly slow?: boolean;
}

/**
 * A docker that knows these command lines, the first that fits, and ends with 99 at any other: a new one cannot slip
 * in unseen.
 */
export class DockerStandIn {
  readonly #desk: Desk;

  constructor(desk: Desk, answers: readonly Answer[]) {
    this.#desk = desk;
    desk.write('.docker-answers.json', [...answers]);
    desk.write('.docker-stand-in.mjs', script);
    const at = (name: string) => `'${desk.path(name)}'`;
    desk.putOnPath(
      'docker',
      `exec '${process.execPath}' ${at('.docker-stand-in.mjs')} ${at('.docker-answers.json')} ${at('.docker-calls')} "$@"`,
    );
  }

  /** The command lines that it was given, in order. */
  get calls(): string[] {
    const path = this.#desk.path('.docker-calls');
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  }
}

const script = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
const [answers, calls, ...args] = process.argv.slice(2);
const line = args.join(' ');
const before = existsSync(calls) ? readFileSync(calls, 'utf8').split('\\n') : [];
appendFileSync(calls, line + '\\n');
const fits = ({ to, after }) =>
  new RegExp('^' + to).test(line) && (after === undefined || before.some((b) => b.startsWith(after)));
const answer = JSON.parse(readFileSync(answers, 'utf8')).find(fits);
if (answer === undefined) {
  console.error('the stand-in for docker does not know: ' + line);
  process.exit(99);
}
const input = answer.echo ? readFileSync(0, 'utf8') : '';
process.stdout.write((answer.stdout ?? '') + input);
if (answer.endless) {
  console.log(process.pid);
  setInterval(() => console.log('more'), 20);
}
if (answer.slow) await new Promise((resolve) => setTimeout(resolve, 1000));
process.stderr.write(answer.stderr ?? '');
process.exitCode = answer.code ?? 0;
`;

/** One container of `docker container inspect`, as far as this program looks at it. */
export function containerAnswer(
  service: string,
  change: {
    state?: string;
    health?: string;
    restarts?: number;
    exitCode?: number;
    healthOutput?: string;
    workingDir?: string;
  } = {},
): object {
  const { state = 'running', health = 'healthy', restarts = 0, exitCode = 0 } = change;
  return {
    Id: `id-of-${service}`,
    Name: `/proto-${service}-1`,
    Image: `sha256:image-of-${service}`,
    RestartCount: restarts,
    State: {
      Status: state,
      ExitCode: exitCode,
      StartedAt: '2026-11-26T13:59:22.1Z',
      ...(state === 'running' && {
        Health: {
          Status: health,
          Log: [{ ExitCode: health === 'healthy' ? 0 : 1, Output: change.healthOutput ?? '' }],
        },
      }),
    },
    Config: {
      Labels: {
        'com.docker.compose.project': 'proto-1a2b3c',
        'com.docker.compose.service': service,
        ...(change.workingDir !== undefined && {
          'com.docker.compose.project.working_dir': change.workingDir,
        }),
      },
    },
    HostConfig: { RestartPolicy: { Name: 'unless-stopped' } },
    NetworkSettings: { Ports: {} },
  };
}
