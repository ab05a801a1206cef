import type { ExitCode } from '../../src/errors.ts';

/** What each exit code says. */
export const exitCodes: Record<keyof typeof ExitCode, string> = {
  done: 'done',
  bug: 'a bug in the program',
  usage: 'bad input or usage',
  host: 'the host does not meet a requirement',
  registry: 'AWS or the registry refused, or could not be reached',
  decide: 'the operator must decide',
  held: 'another command holds the installation',
  hungUp: 'the terminal or connection went away (SIGHUP), nothing half done',
  interrupted: 'interrupted (SIGINT), nothing half done',
  terminated: 'ended (SIGTERM), nothing half done',
};
