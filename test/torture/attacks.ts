import { concurrency } from './concurrency.ts';
import { crash } from './crash.ts';
import { disk } from './disk.ts';
import { full } from './full.ts';
import { outside } from './outside.ts';
import { owner } from './owner.ts';
import type { Bounds, Report } from './report.ts';
import { rows } from './rows.ts';
import type { Scene } from './scene.ts';
import { interruptible, signals } from './signals.ts';

/** All attackers, each on each command. */
export interface Attack {
  readonly name: string;
  run(scene: Scene, bounds: Bounds): Promise<Report>;
}

/** What changes an installation by itself, and nothing else. */
const changing = rows.filter(({ start }) => start === 'installed' || start === 'updated');

export const attacks: readonly Attack[] = [
  ...rows.map((row) => attack(`crash ${row.name}`, crash, row)),
  ...rows.map((row) => attack(`disk ${row.name}`, disk, row)),
  ...rows.map((row) => attack(`outside ${row.name}`, outside, row)),
  ...changing.map((row) => attack(`full ${row.name}`, full, row)),
  ...changing.map((row) => attack(`owner ${row.name}`, owner, row)),
  ...interruptible.map((command) => attack(`signals ${command.name}`, signals, command)),
  { name: 'concurrency', run: concurrency },
];

function attack<T>(
  name: string,
  use: (scene: Scene, on: T, bounds: Bounds) => Promise<Report>,
  on: T,
): Attack {
  return { name, run: (scene, bounds) => use(scene, on, bounds) };
}
