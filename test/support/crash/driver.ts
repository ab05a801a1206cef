import { once } from 'node:events';
import { UserError } from '../../../src/errors.ts';
import { recover } from '../../../src/transaction/recover.ts';
import { acquireGuard } from '../../../src/transaction/run-guard.ts';
import { change } from '../small-installation.ts';

/** A process to be killed: what every changing command does with an installation, on its own. */

const [what, folder = ''] = process.argv.slice(2);
// So that many can be started first, and then begin at once.
if (what === 'hold') await once(process.stdin, 'data');
try {
  const guard = await acquireGuard(folder, 'proto-scaffold update');
  try {
    await recover(folder, guard);
    if (what === 'apply') await change(folder, guard);
    if (what === 'hold') await once(process.stdin, 'end');
  } finally {
    await guard.release();
  }
  console.log('done');
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.log(`${error.code}: ${error.message}`);
  process.exitCode = error.exitCode;
}
// An open stdin would keep the process alive.
if (what === 'hold') process.stdin.destroy();
