import type { ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Desk, finished, type Outcome } from '../support/program.ts';
import { type LateEdit, type References, snapshot } from './oracle.ts';
import type { Row } from './rows.ts';
import type { Scene } from './scene.ts';

/** One run of a command with something done to it at one of its calls, and what became of it. */

const interposer = fileURLToPath(new URL('interpose.cjs', import.meta.url));

/** One call of the program that changes a file or starts a process; they are numbered from 1. */
export interface Call {
  readonly number: number;
  readonly name: string;
  /** The path, or the command line; the desk's own folder is left out. */
  readonly subject: string;
}

export interface Counted {
  readonly calls: readonly Call[];
  readonly references: References;
}

/** Runs a command to its end and gives its calls, and the tree before and after. */
export async function count(scene: Scene, row: Row): Promise<Counted> {
  return withDesk(scene, row, async (desk) => {
    const contents = row.start !== 'nothing';
    const before = snapshot(desk, contents);
    const log = desk.path('.bin/calls');
    const { code, stderr } = await interposed(desk, row.args, { log });
    if (code !== 0) throw new Error(`${row.name} ended with ${code}: ${stderr}`);
    const calls = callsTold(desk, log);
    return { calls, references: { before, after: snapshot(desk, contents), contents } };
  });
}

/** What the interposer has logged. */
export function callsTold(desk: Desk, log: string): Call[] {
  return readFileSync(log, 'utf8')
    .replaceAll(desk.folder, '')
    .split('\n')
    .flatMap((line) => {
      const [, number, name = '', subject = ''] = /^(\d+) (\w+) (.*)$/.exec(line) ?? [];
      return number === undefined ? [] : [{ number: Number(number), name, subject }];
    });
}

/** What is done at a call, which `at` or `match` names: see interpose.cjs. */
export interface Act {
  readonly at?: number;
  readonly match?: string;
  readonly after?: string;
  readonly act: string;
  readonly times?: number;
}

interface Acts {
  readonly acts?: readonly Act[];
  readonly log?: string;
}

/** Starts the program with the interposer in it. */
export function program(desk: Desk, args: readonly string[], about: Acts): ChildProcess {
  desk.env.NODE_OPTIONS = `--require ${interposer}`;
  desk.env.PROTO_TORTURE = JSON.stringify(about);
  try {
    return desk.spawn(...args);
  } finally {
    delete desk.env.NODE_OPTIONS;
    delete desk.env.PROTO_TORTURE;
  }
}

/** Runs it to its end. */
export function interposed(desk: Desk, args: readonly string[], about: Acts): Promise<Outcome> {
  return finished(program(desk, args, about));
}

export async function withDesk<T>(
  scene: Scene,
  row: Row,
  use: (desk: Desk) => Promise<T>,
): Promise<T> {
  const desk = scene.desk(row.start);
  try {
    return await use(desk);
  } finally {
    desk.remove();
  }
}

/** The operator saves a file of his before he runs anything else. */
export function saveLate(desk: Desk): LateEdit | undefined {
  const path = 'backend/config/chatbot.toml';
  if (!existsSync(desk.path('proto', path))) return undefined;
  const text = `# saved late`;
  appendFileSync(desk.path('proto', path), `${text}\n`);
  return { path, text };
}
