import { fstatSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';

/** The signals that stop a command. */
export const stoppingSignals = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;
export type StoppingSignal = (typeof stoppingSignals)[number];

/**
 * The signals that were ignored when the program was started, as a mask in hexadecimal (proc(5), SigIgn). The first lines
 * of dist/proto-scaffold.js (scripts/build.mjs) set it, because Node resets them before it runs any code.
 */
export const ignoredVariable = 'PROTO_SCAFFOLD_SIGNALS_IGNORED';

/**
 * The signals that whoever started the program has switched off: `nohup` does so with SIGHUP, a script with SIGINT and
 * SIGQUIT for its background jobs. They must stop neither the program nor its children.
 * @param mask of the launcher that npm installs; the executable has none
 */
export function ignoredSignals(
  env: NodeJS.ProcessEnv,
  mask: string | undefined,
): readonly StoppingSignal[] {
  if (mask !== undefined) return signalsIn(mask);
  return isNohup(env) || !isConnected() ? ['SIGHUP'] : [];
}

/** @param mask in hexadecimal */
export function signalsIn(mask = ''): readonly StoppingSignal[] {
  const bits = /^[0-9a-f]{1,16}$/i.test(mask) ? BigInt(`0x${mask}`) : 0n;
  return stoppingSignals.filter((name) => bits & bitOf(name));
}

export function maskOf(signals: readonly StoppingSignal[]): string {
  return signals.reduce((mask, name) => mask | bitOf(name), 0n).toString(16);
}

function bitOf(name: StoppingSignal): bigint {
  return 1n << BigInt(constants.signals[name] - 1);
}

/** Most shells set `_` to the program that they start, here the one that became ours. */
function isNohup({ _ = '' }: NodeJS.ProcessEnv): boolean {
  return /(^|\/)nohup$/.test(_);
}

/** Whether someone is at the other end of stdin, stdout or stderr. A log file does not hang up. */
function isConnected(): boolean {
  return [0, 1, 2].some((fd) => {
    const stat = fstatSync(fd);
    return isatty(fd) || stat.isFIFO() || stat.isSocket();
  });
}
