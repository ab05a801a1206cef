import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Makes the executable out of the stages that are in dist/, before the first test file that runs it. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build-executable.mjs', '--into', 'dist', 'x64'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'ignore'],
  });
}
