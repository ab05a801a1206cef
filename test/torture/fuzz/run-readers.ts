import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { UserError } from '../../../src/errors.ts';
import { worst } from './hostile.ts';
import type { Reader } from './reader.ts';
import { readersOfDisk } from './readers-disk.ts';
import { readersOfFiles } from './readers-files.ts';
import { readersOfNetwork } from './readers-network.ts';
import { readersOfPrograms } from './readers-programs.ts';
import { readersOfState } from './readers-state.ts';

/**
 * A process of its own for readers, so that its memory is theirs alone. For each it prints a line of JSON, a `ReaderReport`, and
 * the name before it begins, so that what never ends is known by name.
 */

export interface ReaderReport {
  readonly name: string;
  readonly inputs: number;
  /** Milliseconds of the processor, for all of them and for the slowest. */
  readonly spent: number;
  readonly slowest: number;
  /** The most memory (resident, MiB) that the process had meanwhile. */
  readonly memory: number;
  /** What came instead of an answer or a UserError, with the text that made it. */
  readonly faults: readonly string[];
}

/** An operator takes for a hang what is longer (ms of the processor: what else the machine does is not a fault). */
const patience = 5000;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    part: { type: 'string', default: '0' },
    of: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
});

const all = [
  ...readersOfFiles,
  ...readersOfState,
  ...readersOfPrograms,
  ...readersOfDisk(),
  ...(await readersOfNetwork()),
];
const chosen = all.filter(
  ({ name }, index) =>
    index % Number(values.of) === Number(values.part) && name.includes(values.only),
);
for (const reader of chosen) {
  console.log(JSON.stringify({ begins: reader.name }));
  console.log(JSON.stringify(await attack(reader)));
}
for (const { close } of all) await close?.();

async function attack({ name, texts, read }: Reader): Promise<ReaderReport> {
  const faults: string[] = [];
  let [inputs, total, slowest] = [0, 0, 0];
  const feed = async (text: string) => {
    const begun = spent();
    const fault = await faultOf(() => read(text));
    const took = spent() - begun;
    inputs += 1;
    total += took;
    slowest = Math.max(slowest, took);
    const slow = took > patience ? `took ${took.toFixed(0)} ms` : undefined;
    const what = [fault, slow].filter((each) => each !== undefined);
    if (what.length > 0) faults.push(`${what.join(', ')}: ${JSON.stringify(text).slice(0, 300)}`);
  };
  forgetPeak();
  for (const text of worst) await feed(text);
  const sampled = fc.asyncProperty(texts, feed);
  await fc.assert(sampled, { numRuns: Number(values.inputs), seed: Number(values.seed) });
  return { name, inputs, spent: total, slowest, memory: peak(), faults: faults.slice(0, 10) };
}

async function faultOf(read: () => unknown): Promise<string | undefined> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof UserError)) return String((error as Error)?.stack ?? error);
  }
  return Object.keys(Object.prototype).length === 0 ? undefined : 'changed Object.prototype';
}

function spent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** proc(5): 5 sets the peak to what there is now. */
function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

function peak(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
}
