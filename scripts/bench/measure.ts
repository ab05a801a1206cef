import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A command to run and compare. */
export interface Candidate {
  readonly name: string;
  /** A shell command; hyperfine subtracts the start-up time of the shell. */
  readonly command: string;
  /** Command to run before each measurement, not measured. */
  readonly prepare?: string;
  /** The name of the candidate to divide by. */
  readonly against: string;
  /** The limit of the ratio: maximum or minimum. */
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Measured extends Candidate {
  /** Medians over the rounds: wall time and processor time in ms, and the ratios of each round's pair. */
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly ratio: number;
  readonly cpuRatio: number;
  /** Peak memory of one process, in MB. */
  readonly memoryMb: number;
}

interface Run {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * Measures with hyperfine(1), in rounds: each candidate once, one after the other, so that other load on the machine
 * affects all alike and each is compared with its neighbour of the same minute.
 * @param folder a writable folder to run in
 */
export async function measure(
  candidates: readonly Candidate[],
  { rounds, folder, env }: { rounds: number; folder: string; env: NodeJS.ProcessEnv },
): Promise<Measured[]> {
  const runs = new Map<string, Run[]>(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, command, prepare } of candidates) {
      const file = join(folder, 'hyperfine.json');
      const options = ['--runs', '1', '--style', 'none', '--export-json', file, '-N'];
      const before = prepare === undefined ? [] : ['--prepare', prepare];
      await promisify(execFile)('hyperfine', [...options, ...before, command], {
        cwd: folder,
        env,
      });
      const [result] = JSON.parse(readFileSync(file, 'utf8')).results;
      runs.get(name)?.push({ wall: result.mean * 1000, cpu: (result.user + result.system) * 1000 });
      rmSync(file);
    }
    process.stderr.write(`\rround ${round + 1} of ${rounds}`);
  }
  process.stderr.write('\n');
  const measured: Measured[] = [];
  for (const candidate of candidates) {
    const own = runs.get(candidate.name) ?? [];
    const base = runs.get(candidate.against) ?? [];
    measured.push({
      ...candidate,
      wallMs: median(own.map(({ wall }) => wall)),
      cpuMs: median(own.map(({ cpu }) => cpu)),
      ratio: median(own.map(({ wall }, index) => wall / (base[index]?.wall ?? Number.NaN))),
      cpuRatio: median(own.map(({ cpu }, index) => cpu / (base[index]?.cpu ?? Number.NaN))),
      memoryMb: await memory(candidate, folder, env),
    });
  }
  return measured;
}

async function memory(
  { command, prepare }: Candidate,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  if (prepare !== undefined) execFileSync('sh', ['-c', prepare], { cwd, env });
  const file = join(cwd, `memory-${Math.random()}`);
  const args = ['-f', '%M', '-o', file, 'sh', '-c', `exec ${command}`];
  await promisify(execFile)('/usr/bin/time', args, { cwd, env });
  return Number(readFileSync(file, 'utf8')) / 1024;
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
