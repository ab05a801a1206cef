import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Desk } from '../support/program.ts';

/** What still runs with the desk as its home. */
export function processesAt(desk: Desk): string[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const environ = readFileSync(`/proc/${name}/environ`, 'utf8');
      if (!environ.includes(`HOME=${desk.folder}`)) return [];
      const state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
      return state === 'Z'
        ? []
        : [readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      return [];
    }
  });
}

/** Waits for what a killed program had started, and what goes on without it: after this nothing on the desk moves. */
export async function untilStill(desk: Desk): Promise<void> {
  for (let waited = 0; processesAt(desk).length > 0; waited += 20) {
    if (waited > 30_000) throw new Error(`still run: ${processesAt(desk).join('; ')}`);
    await pause(20);
  }
}
