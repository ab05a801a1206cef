import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { docker } from '../../test/support/engine/docker.ts';
import { startEngine } from '../../test/support/engine/engine.ts';
import { filler, Operator } from '../../test/support/operator.ts';
import { Desk } from '../../test/support/program.ts';
import { publish, startVendor } from '../../test/support/vendor.ts';
import { median } from './measure.ts';

/** A comparison on a real engine: both times in ms, once per round. */
interface Pair {
  readonly name: string;
  readonly ours: number[];
  readonly against: string;
  readonly theirs: number[];
  readonly atMost: number;
}

/**
 * Measures operations that need a Docker Engine (started separately, as for the tests): the downtime of an update, and a
 * backup with a database of 200 MB.
 * @returns a Markdown table
 */
export async function engineTable(rounds: number): Promise<string> {
  const engine = await startEngine();
  process.env.DOCKER_HOST = engine.host;
  process.env.DOCKER_CONFIG = `${engine.folder}/client`;
  const registry = await startVendor();
  const desk = new Desk(registry, { DOCKER_HOST: engine.host });
  const operator = new Operator(desk);
  const up = () => operator.compose('up', '--detach', '--wait');
  const must = async (...args: string[]) => {
    const { code, stderr } = await desk.run(...args);
    if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  };
  const downtime: Pair = {
    name: 'downtime of an update',
    ours: [],
    against: 'docker compose down',
    theirs: [],
    atMost: 1.1,
  };
  const backup: Pair = {
    name: 'backup, 200 MB in the database',
    ours: [],
    against: 'pg_dump to a file',
    theirs: [],
    atMost: 1.11,
  };
  try {
    await publish(registry, { version: '2026.11.0', tags: ['stable'] });
    desk.credentials();
    await must('init', '--url', 'chat.example-bank.com');
    await up();
    await operator.sql(filler(200));
    for (let round = 1; round <= rounds; round++) {
      const dump = ['pg_dump', '--format=custom', '-U', 'postgres', '--dbname', 'platform'];
      const plain = `docker compose exec -T postgres ${dump.join(' ')} >${desk.path('plain.dump')}`;
      backup.theirs.push(await taken(() => shell(plain, desk.path('proto/backend'))));
      backup.ours.push(await taken(() => must('backup')));
      downtime.theirs.push(await untilGone(() => operator.compose('down')));
      await up();
      await publish(registry, { version: `2026.11.${round}`, tags: ['stable'] });
      downtime.ours.push(await untilGone(() => must('update', '--yes', '--no-backup')));
      await up();
    }
  } finally {
    await operator.compose('down', '--volumes', '--timeout', '1').catch(() => {});
    await registry.close();
    desk.remove();
    await engine.stop();
  }
  return table([downtime, backup]);
}

/** In ms. */
async function taken(what: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await what();
  return performance.now() - start;
}

async function shell(line: string, cwd: string): Promise<void> {
  const child = spawn('sh', ['-c', line], { cwd, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${line}: ${code}`);
}

/** The time in ms from the stop signal to the first container until the removal of the last one. */
async function untilGone(what: () => Promise<unknown>): Promise<number> {
  const since = String(Date.now() / 1000);
  await what();
  await pause(1000);
  const filters = ['kill', 'destroy'].flatMap((event) => ['--filter', `event=${event}`]);
  const until = String(Date.now() / 1000);
  const format = ['--format', '{{.TimeNano}}'];
  const told = await docker(['events', '--since', since, '--until', until, ...filters, ...format]);
  const times = told.split('\n').map((nano) => Number(nano) / 1e6);
  return Math.max(...times) - Math.min(...times);
}

function table(pairs: readonly Pair[]): string {
  const rows = pairs.map(({ name, ours, against, theirs, atMost }) => {
    const ratio = median(ours.map((ms, index) => ms / (theirs[index] ?? Number.NaN)));
    const [mine, other] = [ours, theirs].map((list) => Math.round(median(list)));
    return [name, mine, `${against}: ${other} ms`, `${ratio.toFixed(2)} ×`, `≤ ${atMost}`];
  });
  const head = ['with a Docker Engine', 'ms', 'against', 'ratio', 'wanted'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
