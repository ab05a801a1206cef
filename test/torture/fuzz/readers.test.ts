import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { inputs, shareOf, timeout } from '../support/runs.ts';
import type { ReaderReport } from './run-readers.ts';

/**
 * Every reader of what others wrote, with texts that were made to break it: it gives an answer or a UserError, within 5 s of the
 * processor and 512 MiB of memory, which is that of a process of its own.
 */

const readers = 39;
const mostMemory = 512;
const program = fileURLToPath(new URL('run-readers.ts', import.meta.url));
const seed = process.env.PROTO_PROPERTY_SEED ?? String(Math.floor(Math.random() * 2 ** 31));

/** Two for the first ends in a hang that the system ends: seconds of the processor that all of a part may take. */
const patience = 300 + Math.ceil(inputs / 20);

async function reportsOf(part: number, of: number): Promise<ReaderReport[]> {
  const words = ['--inputs', shareOf(readers), '--seed', seed, '--part', part, '--of', of];
  const node = [process.execPath, '--max-old-space-size=400', '--import', 'tsx', program];
  const child = spawn(
    'sh',
    ['-c', `ulimit -t ${patience}; exec "$@"`, 'sh', ...node, ...words.map(String)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  const reports: ReaderReport[] = [];
  let begun = '';
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line);
    if (told.begins === undefined) reports.push(told);
    else begun = told.begins;
  }
  expect(await ended, `${begun}: ${said}`).toBe(0);
  return reports;
}

it(
  `no reader breaks (seed ${seed})`,
  async () => {
    const of = availableParallelism();
    const parts = await Promise.all(Array.from({ length: of }, (_, part) => reportsOf(part, of)));
    const reports = parts.flat();
    for (const { name, inputs, spent, slowest, memory } of reports) {
      console.log(
        `${name}: ${inputs} inputs in ${(spent / 1000).toFixed(1)} s, slowest ${slowest.toFixed(0)} ms, ${memory} MiB`,
      );
    }
    expect(reports.map(({ name }) => name)).toHaveLength(readers);
    expect(reports.filter(({ faults }) => faults.length > 0)).toEqual([]);
    expect(reports.filter(({ memory }) => memory > mostMemory)).toEqual([]);
  },
  timeout * 4,
);
