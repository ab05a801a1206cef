import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getAsset, isSea } from 'node:sea';

/** The text of a file that ships with the program: inside the executable, or next to the program. */
export function ownFile(name: string): string {
  return isSea() ? getAsset(name, 'utf8') : readFileSync(join(folder(), name), 'utf8');
}

/** When run from source, the program uses the output of the last build. */
function folder(): string {
  const here = import.meta.dirname;
  return here.endsWith(join('src', 'lib', 'fs')) ? join(here, '../../../dist') : here;
}
