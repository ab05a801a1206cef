import { type Fault, UserError } from '../../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Variables of Node, OpenSSL and Go that would weaken the program: how it authenticates servers, what it discloses, whose
 * code it runs. SECURITY.md lists them, and those that are harmless.
 */
interface RuntimeVariable {
  readonly name: string;
  /** What it does, as the end of a sentence. */
  readonly does: string;
  /**
   * `refused`: Node has obeyed it before our first line. `overridden`: the program does not obey it, nor does it pass it on
   * to docker, openssl and nginx.
   */
  readonly way: 'refused' | 'overridden';
  /** Whether a value has that effect. By default, every value does. */
  readonly applies?: (value: string) => boolean;
}

/** Options that load code, open a debugger, weaken TLS, or write what is in memory to a file or the terminal. */
const unsafeOptions =
  /^(-r|--(require|import|loader|experimental-loader|snapshot-blob|inspect[\w-]*|debug-port|tls-(min-v1\.[01]|max-v1\.[01]|keylog|cipher-list)|trace-(tls|event)[\w-]*|insecure-http-parser|security-revert|openssl-(config|legacy-provider|shared-config)|(heap|cpu)-prof[\w-]*|heapsnapshot-[\w-]+|report-[\w-]+|abort-on-uncaught-exception))(=|$)/;

/** @param value NODE_OPTIONS; Node takes `_` for `-`, and quotes around words @returns the options, without their values */
export function unsafeNodeOptions(value: string): readonly string[] {
  const words = value.replaceAll(/["\\]/g, '').split(/\s+/);
  const names = words.map((word) => (word.split('=')[0] ?? '').replaceAll('_', '-'));
  return [...new Set(names.filter((name) => unsafeOptions.test(name)))];
}

export const runtimeVariables: readonly RuntimeVariable[] = [
  {
    name: 'NODE_OPTIONS',
    does: 'loads code into the program, opens a debugger, weakens TLS or discloses secrets',
    way: 'refused',
    applies: (value) => unsafeNodeOptions(value).length > 0,
  },
  { name: 'NODE_DEBUG', does: 'prints logins and tokens', way: 'refused' },
  { name: 'NODE_DEBUG_NATIVE', does: 'prints what Node does internally', way: 'refused' },
  {
    name: 'OPENSSL_CONF',
    does: 'can weaken TLS and load code',
    way: 'refused',
    applies: (value) => value !== '/dev/null',
  },
  {
    name: 'NODE_TLS_REJECT_UNAUTHORIZED',
    does: 'would send logins to any server',
    way: 'overridden',
    applies: (value) => value === '0',
  },
  { name: 'GODEBUG', does: 'can weaken the TLS of docker, and print logins', way: 'overridden' },
  { name: 'SSLKEYLOGFILE', does: 'can disclose the keys of TLS connections', way: 'overridden' },
  { name: 'OPENSSL_MODULES', does: 'can load code into openssl', way: 'overridden' },
  { name: 'OPENSSL_ENGINES', does: 'can load code into openssl', way: 'overridden' },
];

/** The variables that are set with an effect. Their values may contain secrets, so they are not in the result. */
export function unsafeVariables(env: Environment): readonly RuntimeVariable[] {
  return runtimeVariables.filter(({ name, applies = () => true }) => {
    const value = env[name] ?? '';
    return value !== '' && applies(value);
  });
}

export function isUnsafeForChildren(name: string): boolean {
  return runtimeVariables.some((each) => each.name === name);
}

/** Where a variable is, and what it does. */
export function variableFaults(variables: readonly RuntimeVariable[], env: Environment): Fault[] {
  return variables.map(({ name, does }) => {
    const options = name === 'NODE_OPTIONS' ? unsafeNodeOptions(env[name] ?? '') : [];
    const which = options.length > 0 ? ` (${options.join(', ')})` : '';
    return { file: name, outside: true, message: `${does}${which}` };
  });
}

/**
 * Stops before anything is read or sent.
 * @param env without NODE_OPTIONS if the runtime has ignored it
 * @throws UserError RUNTIME_UNSAFE
 */
export function refuseUnsafeRuntime(env: Environment): void {
  const refused = unsafeVariables(env).filter(({ way }) => way === 'refused');
  if (refused.length === 0) return;
  const names = refused.map(({ name }) => name).join(', ');
  const message = `The environment changes how the program runs: ${names}.`;
  throw new UserError('RUNTIME_UNSAFE', message, {
    hint: `Run \`unset ${names.replaceAll(',', '')}\`, then run the command again.`,
    faults: variableFaults(refused, env),
  });
}
