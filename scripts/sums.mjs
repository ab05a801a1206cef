// SHA256SUMS, in the format of `sha256sum --check SHA256SUMS`.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes the checksums of the files in a folder, and returns them by name. */
export function writeSums(folder, isWanted = () => true) {
  const names = readdirSync(folder).filter((name) => name !== 'SHA256SUMS' && isWanted(name));
  const sums = new Map(names.sort().map((name) => [name, sumOf(join(folder, name))]));
  const lines = [...sums].map(([name, sum]) => `${sum}  ${name}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''));
  return sums;
}

function sumOf(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
