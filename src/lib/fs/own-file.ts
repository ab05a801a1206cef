import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getAsset, isSea } from 'node:sea';

/** The text of a file that the program comes with: inside the executable, or beside the program. */
export function ownFile(name: string): string {
  return isSea() ? getAsset(name, 'utf8') : readFileSync(join(folder(), name), 'utf8');
}

/** Run from its source, the program takes what the last build has made. */
function folder(): string {
  const here = import.meta.dirname;
  return here.endsWith(join('src', 'lib', 'fs')) ? join(here, '../../../dist') : here;
}
