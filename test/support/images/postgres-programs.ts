import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { copyInto, copyWithLibraries } from './root-tree.ts';

const programs = [
  ...['postgres', 'initdb', 'pg_ctl', 'pg_controldata', 'psql', 'pg_isready'],
  ...['pg_dump', 'pg_dumpall', 'pg_restore', 'pg_basebackup', 'pg_verifybackup'],
];

/** Where Debian's package has the newest PostgreSQL of this machine: `/usr/lib/postgresql/15`. */
export async function postgresHome(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql');
  return join('/usr/lib/postgresql', String(Math.max(...versions.map(Number))));
}

/** Copies that PostgreSQL into `root`, under the paths that are compiled into it. */
export async function layPostgres(root: string): Promise<void> {
  const home = await postgresHome();
  // Left out: compiling queries to machine code. It would bring LLVM along, a hundred megabytes.
  const extensions = (await readdir(join(home, 'lib'))).filter(
    (name) => name.endsWith('.so') && !name.startsWith('llvmjit'),
  );
  await copyWithLibraries(root, [
    ...programs.map((name) => join(home, 'bin', name)),
    ...extensions.map((name) => join(home, 'lib', name)),
  ]);
  const shared = join('/usr/share/postgresql', basename(home));
  await copyInto(root, [shared, '/usr/share/zoneinfo', '/usr/lib/locale/C.utf8']);
}
