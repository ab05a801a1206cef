import { protectConfig } from '../config/load-config.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { Installation } from '../installation/read-installation.ts';
import { loadTemplates } from '../release/load-templates.ts';
import type { TemplateSet } from '../release/release.ts';
import type { Mode } from './define.ts';
import type { Facts } from './facts/facts.ts';
import {
  chosenChecks,
  type Finding,
  failureCode,
  judge,
  mustBeChecks as mustBeAmong,
  stopping,
} from './findings.ts';
import { gatherFacts } from './gather-facts.ts';
import { checks } from './index.ts';
import type { Subject } from './probes/subject.ts';

/** @throws UserError USAGE for an unknown id */
export function mustBeChecks(ids: readonly string[]): void {
  mustBeAmong(ids, checks);
}

export type Profile = Exclude<Mode, 'check'>;

export interface CheckOptions {
  /** The installation. Without one, only the host is checked. */
  readonly installation?: Installation;
  /** Where the installation will be created. */
  readonly place?: string;
  /** The templates of the context, if they are already loaded. */
  readonly templates?: TemplateSet;
  /** Ids of the checks to skip. */
  readonly ignore: readonly string[];
}

/**
 * Runs the checks at the start of a command, and prints a line for each problem.
 * @throws UserError USAGE for an unknown id; CHECK_FAILED (exit 3) if the host does not meet a requirement of the
 *   profile; CHECK_VALUES (exit 5) if a value is unset or invalid
 */
export async function runChecks(
  context: Context,
  profile: Profile,
  options: CheckOptions,
): Promise<void> {
  conclude(context, await findingsFor(context, profile, options));
}

/** Checks that run in the background. They are cancelled at the end of the scope: `await using`. */
export interface RunningChecks extends AsyncDisposable {
  /** Waits for the checks. Call it before any change. @throws as `runChecks` */
  passed(): Promise<void>;
}

export function startChecks(
  context: Context,
  profile: Profile,
  options: CheckOptions,
): RunningChecks {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const findings = findingsFor({ ...context, signal }, profile, options);
  // If the command fails first, the result is not needed.
  findings.catch(() => {});
  return {
    passed: async () => conclude(context, await findings),
    async [Symbol.asyncDispose]() {
      over.abort(new Error('the checks are no longer needed'));
      await findings.catch(() => {});
    },
  };
}

export interface FindingOptions extends CheckOptions {
  readonly online?: boolean;
  readonly account?: Subject['account'];
}

/** Gathers the facts for the chosen checks, and judges them. */
export async function findingsFor(
  context: Context,
  mode: Mode,
  options: FindingOptions,
): Promise<Finding[]> {
  const { installation, account, online = false, ignore } = options;
  mustBeChecks(ignore);
  const subject: Subject = {
    templates: options.templates ?? (await loadTemplates(context, installation?.lock.hosting)),
    place: installation?.folder ?? options.place ?? context.cwd,
    ...(installation !== undefined && { installation }),
    ...(account !== undefined && { account }),
  };
  const chosen = chosenChecks(checks, { mode, inside: installation !== undefined, online });
  const needed = new Set<keyof Facts>(chosen.flatMap(({ needs }) => needs));
  const facts = await gatherFacts(context, subject, needed);
  if (needed.has('config')) protectConfig(context, facts.config);
  return judge(chosen, mode, facts, ignore);
}

function conclude({ reporter }: Context, findings: readonly Finding[]): void {
  const stops = stopping(findings);
  const told = findings.filter(
    (each) => (each.state === 'failed' || each.timedOut) && !each.ignored && !stops.includes(each),
  );
  for (const { id, found } of told) reporter.notice(`${id}: ${found}.`);
  const code = failureCode(stops);
  if (code !== undefined) throw failure(code, stops);
  if (told.length > 0) reporter.step('Run `proto-scaffold check` for details.');
}

function failure(code: 'CHECK_FAILED' | 'CHECK_VALUES', stops: readonly Finding[]): UserError {
  const [first, ...others] = stops;
  const what = code === 'CHECK_FAILED' ? 'This host is not ready' : 'The installation is not ready';
  const faults = stops.flatMap(({ id, found, faults }) => [
    { file: id, message: found },
    ...faults,
  ]);
  const hint = others.length === 0 && first?.remedy !== undefined ? { hint: first.remedy } : {};
  const ids = stops.map(({ id }) => id).join(', ');
  return new UserError(code, `${what}: ${ids}.`, { faults, ...hint });
}
