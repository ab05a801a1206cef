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

/** @throws UserError USAGE for an id that no check has */
export function mustBeChecks(ids: readonly string[]): void {
  mustBeAmong(ids, checks);
}

export type Profile = Exclude<Mode, 'check'>;

export interface CheckOptions {
  /** The installation; without one, the host alone is looked at. */
  readonly installation?: Installation;
  /** Where an installation is to be made. */
  readonly place?: string;
  /** Those of the context, where they are loaded already. */
  readonly templates?: TemplateSet;
  /** Checks that do not stop, by id. */
  readonly ignore: readonly string[];
}

/**
 * The checks at the head of a command: a line for each thing that is not as it should be.
 * @throws UserError USAGE for an id that there is not; CHECK_FAILED (exit 3) where the host does not meet a
 *   requirement of the profile; CHECK_VALUES (exit 5) where a value is unset or wrong
 */
export async function runChecks(
  context: Context,
  profile: Profile,
  options: CheckOptions,
): Promise<void> {
  conclude(context, await findingsFor(context, profile, options));
}

/** Checks that run while a command does something else; at the end of the scope they are called off: `await using`. */
export interface RunningChecks extends AsyncDisposable {
  /** Waits for them; to be called before anything is changed. @throws as `runChecks` */
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
  // Where the command fails first, nobody asks for them any more.
  findings.catch(() => {});
  return {
    passed: async () => conclude(context, await findings),
    async [Symbol.asyncDispose]() {
      over.abort(new Error('the checks are not needed any more'));
      await findings.catch(() => {});
    },
  };
}

export interface FindingOptions extends CheckOptions {
  readonly online?: boolean;
  readonly account?: Subject['account'];
}

/** Looks for what the chosen checks need, and judges it. */
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
  if (told.length > 0) reporter.step('`proto-scaffold check` tells more about that.');
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
