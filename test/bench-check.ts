/**
 * Times `check`, and what the checks cost at the head of `update`: `npx tsx test/bench-check.ts [RUNS]`, after a build.
 * With DOCKER_HOST set, or an engine at its usual place, that engine is asked.
 */
import { Desk } from './support/program.ts';
import { startRegistry } from './support/registry/index.ts';

const runs = Number(process.argv[2] ?? 10);

async function main(): Promise<void> {
  const registry = await startRegistry();
  await registry.seedRelease();
  const { DOCKER_HOST } = process.env;
  const desk = new Desk(registry, { ...(DOCKER_HOST && { DOCKER_HOST }) });
  desk.credentials();
  await desk.run('init', '--url', 'chat.example-bank.com');
  for (const args of [
    ['--version'],
    ['check'],
    ['check', '--profile', 'start'],
    ['check', '--urls'],
    ['config', 'list'],
    ['update'],
  ]) {
    await desk.run(...args);
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const start = performance.now();
      await desk.run(...args);
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? 0;
    const range = `${times[0]?.toFixed(0)} to ${times.at(-1)?.toFixed(0)}`;
    console.log(`${args.join(' ')}: ${median.toFixed(0)} ms (${range}, ${runs} runs)`);
  }
  desk.remove();
  await registry.close();
}

await main();
