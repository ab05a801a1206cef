import type { ExitCode } from '../../src/errors.ts';

/** The meaning of each exit code. */
export const exitCodes: Record<keyof typeof ExitCode, string> = {
  done: 'success; a notice is not a failure',
  bug: 'a bug in the program',
  usage: 'bad input or usage',
  host: 'the host does not meet a requirement',
  registry: 'AWS or the registry rejected the request, or could not be reached',
  decide: 'you must decide: confirmation, a missing or invalid value, or a conflict',
  held: 'another command is changing the installation',
  hungUp:
    'the terminal or connection closed (SIGHUP); the message says what is left to do, if anything',
  interrupted: 'interrupted (SIGINT); see 129',
  quit: 'interrupted (SIGQUIT); see 129',
  terminated: 'terminated (SIGTERM); see 129',
};
