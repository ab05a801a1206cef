import { copyFile, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Recipe } from './layer.ts';
import { copyInto, copyWithLibraries, layBusybox, withLibraries } from './root-tree.ts';
import type { NodeService } from './services.ts';

/** The layers that the images stand on: this machine's own programs; nothing is pulled. */

export const busybox: Recipe = { name: 'busybox', files: ['/bin/busybox'], lay: layBusybox };

/** This very node. It may lie anywhere, so a link makes it findable. */
export async function node(): Promise<Recipe> {
  return {
    name: 'node',
    files: await withLibraries([process.execPath]),
    async lay(root) {
      await copyWithLibraries(root, [process.execPath]);
      await mkdir(join(root, 'usr/local/bin'), { recursive: true });
      await symlink(process.execPath, join(root, 'usr/local/bin/node'));
    },
  };
}

const postgresPrograms = [
  ...['postgres', 'initdb', 'pg_ctl', 'pg_controldata', 'psql', 'pg_isready'],
  ...['pg_dump', 'pg_dumpall', 'pg_restore', 'pg_basebackup', 'pg_verifybackup'],
];

/** Where Debian's package has the newest PostgreSQL of this machine: `/usr/lib/postgresql/15`. */
export async function postgresHome(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql');
  return join('/usr/lib/postgresql', String(Math.max(...versions.map(Number))));
}

/** That PostgreSQL, under the paths that are compiled into it. */
export async function postgres(): Promise<Recipe> {
  const home = await postgresHome();
  // Left out: compiling queries to machine code. It would bring LLVM along, a hundred megabytes.
  const extensions = (await readdir(join(home, 'lib'))).filter(
    (name) => name.endsWith('.so') && !name.startsWith('llvmjit'),
  );
  const programs = [
    ...postgresPrograms.map((name) => join(home, 'bin', name)),
    ...extensions.map((name) => join(home, 'lib', name)),
  ];
  const shared = [
    join('/usr/share/postgresql', basename(home)),
    '/usr/share/zoneinfo',
    '/usr/lib/locale/C.utf8',
  ];
  return {
    name: 'postgres',
    files: [...(await withLibraries(programs)), ...shared],
    async lay(root) {
      await copyWithLibraries(root, programs);
      await copyInto(root, shared);
    },
  };
}

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export function postgresEntrypoint(): Recipe {
  const file = source('postgres-entrypoint.sh');
  return {
    name: 'postgres-entrypoint',
    files: [file],
    async lay(root) {
      await mkdir(join(root, 'usr/local/bin'), { recursive: true });
      await copyFile(file, join(root, 'usr/local/bin/docker-entrypoint.sh'));
    },
  };
}

/** A stand-in's program, in one file. */
export function service(program: NodeService['program']): Recipe {
  const { outputFiles } = buildSync({
    entryPoints: [source(`services/${program}.ts`)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  });
  const text = outputFiles[0]?.text ?? '';
  return {
    name: `service-${program}`,
    files: [],
    salt: text,
    async lay(root) {
      await mkdir(join(root, 'srv'));
      await writeFile(join(root, 'srv/service.mjs'), text);
    },
  };
}
