import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import type { Measured } from './measure.ts';

/** The measurements in docs/performance.md are between these markers. The rest of the page is written by hand. */
const begin = '<!-- begin: written by `npm run bench` -->';
const end = '<!-- end -->';

export function writeReport(file: string, sections: readonly string[]): void {
  const text = readFileSync(file, 'utf8');
  const [before] = text.split(begin);
  const [, after] = text.split(end);
  writeFileSync(file, `${before}${begin}\n\n${sections.join('\n\n')}\n\n${end}${after}`);
}

export function machine(versions: readonly string[], rounds: number): string {
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const where = `${cpus().length} cores (${cpu?.model.trim()}), ${gigabytes} GB`;
  const load = `load average ${loadavg()[1]?.toFixed(1)}`;
  return `Medians of ${rounds} rounds on ${where}, ${load}; ${versions.join(', ')}.`;
}

/** A Markdown table: name, time, ratio to the compared command, limit, memory. */
export function table(measured: readonly Measured[]): string {
  const rows = measured.map((each) => {
    const { name, wallMs, cpuMs, ratio, cpuRatio, against, memoryMb } = each;
    const compared = name === against ? ['', '', ''] : [against, times(ratio), times(cpuRatio)];
    return [name, whole(wallMs), whole(cpuMs), ...compared, wanted(each), whole(memoryMb)];
  });
  const head = ['command', 'ms', 'CPU ms', 'against', 'ratio', 'CPU ratio', 'wanted', 'MB'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function wanted({ atMost, atLeast }: Measured): string {
  if (atMost !== undefined) return `≤ ${atMost}`;
  return atLeast === undefined ? '' : `≥ ${atLeast}`;
}

const times = (ratio: number) => `${ratio.toFixed(2)} ×`;
const whole = (number: number) => String(Math.round(number));
