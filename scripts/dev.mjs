// npm run dev -- ARGUMENTS: runs the program from its source, in the folder where npm was called.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { install, root, tool } from './install.mjs';

install();
const { templatesJson } = await import('./templates.mjs');
// The only build output that the program reads.
mkdirSync(`${root}dist`, { recursive: true });
writeFileSync(`${root}dist/templates.json`, await templatesJson(root));

// Ctrl-C reaches all programs in the terminal. This one waits for the other to exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
const { status, error } = spawnSync(
  tool('tsx'),
  ['--tsconfig', `${root}tsconfig.json`, `${root}src/cli.ts`, ...process.argv.slice(2)],
  { cwd: process.env.INIT_CWD ?? process.cwd(), stdio: 'inherit' },
);
if (error !== undefined) throw error;
process.exitCode = status ?? 1;
