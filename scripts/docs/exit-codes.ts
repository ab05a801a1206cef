import type { ExitCode } from '../../src/errors.ts';

/** What each exit code means. */
export const exitCodes: Record<keyof typeof ExitCode, string> = {
  done: 'success; a notice is not a failure',
  bug: 'a bug in the program',
  usage: 'bad input or usage',
  host: 'the host does not meet a requirement',
  registry: 'AWS or the registry refused the request, or could not be reached',
  decide: 'you must decide: consent, a missing or wrong value, or a conflict',
  held: 'another command is changing the installation',
  hungUp: 'the terminal or connection closed (SIGHUP); nothing was left half done',
  interrupted: 'interrupted (SIGINT); nothing was left half done',
  terminated: 'terminated (SIGTERM); nothing was left half done',
};
