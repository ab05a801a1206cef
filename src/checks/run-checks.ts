import { join } from 'node:path';
import { protectConfig } from '../config/load-config.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import type { Installation } from '../installation/read-installation.ts';
import { readSettings, settingsFile } from '../installation/settings.ts';
import { readText } from '../lib/fs/files.ts';
import { nearest } from '../lib/text/document-faults.ts';
import { loadTemplates } from '../release/load-templates.ts';
import type { TemplateSet } from '../release/release.ts';
import type { Mode } from './define.ts';
import type { Facts } from './facts/facts.ts';
import {
  chosenChecks,
  type Finding,
  failureCode,
  judge,
  type Modes,
  requireKnownChecks as mustBeAmong,
  stopping,
} from './findings.ts';
import { gatherFacts } from './gather-facts.ts';
import { checks } from './index.ts';
import type { Subject } from './probes/subject.ts';

/** @throws UserError USAGE for an unknown id */
export function requireKnownChecks(ids: readonly string[]): void {
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
  /** The command does not use the Docker Engine. */
  readonly withoutEngine?: boolean;
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
  profile: Profile | readonly Profile[],
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
  readonly broken?: Subject['broken'];
}

/** Gathers the facts for the chosen checks, and judges them. */
export async function findingsFor(
  context: Context,
  mode: Modes,
  options: FindingOptions,
): Promise<Finding[]> {
  const { installation, account, broken, online = false, ignore } = options;
  requireKnownChecks(ignore);
  const subject: Subject = {
    templates:
      options.templates ??
      (installation === undefined
        ? await loadTemplates(context)
        : await installedTemplates(context, installation.folder, installation.lock)),
    place: installation?.folder ?? options.place ?? context.cwd,
    ...(installation !== undefined && { installation }),
    ...(account !== undefined && { account }),
    ...(broken !== undefined && { broken }),
  };
  const choice = { mode, inside: installation !== undefined, online };
  const chosen = chosenChecks(checks, { ...choice, engine: options.withoutEngine !== true });
  const needed = new Set<keyof Facts>(chosen.flatMap(({ needs }) => needs));
  const facts = await gatherFacts(context, subject, needed);
  if (needed.has('config')) protectConfig(context, facts.config);
  return judge(chosen, mode, facts, await ignoredChecks(context, installation, ignore));
}

/** The checks to skip: those of --ignore, and those that proto.toml names with a reason. */
async function ignoredChecks(
  { reporter }: Context,
  installation: Installation | undefined,
  given: readonly string[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const none = new Map(given.map((id) => [id, undefined]));
  if (installation === undefined) return none;
  const text = await readText(join(installation.folder, settingsFile));
  const { ignore, problems } = readSettings(text);
  for (const problem of problems) reporter.notice(problem);
  const known = checks.map(({ id }) => id);
  for (const id of ignore.keys()) {
    if (known.includes(id)) continue;
    reporter.notice(`${settingsFile}: ignore.${id} is not a check${nearest(id, known)}.`);
  }
  return new Map([...none, ...ignore]);
}

function conclude({ reporter }: Context, findings: readonly Finding[]): void {
  const stops = stopping(findings);
  const notices = findings.filter(
    (each) => (each.state === 'failed' || each.timedOut) && !each.ignored && !stops.includes(each),
  );
  for (const { id, found } of notices) reporter.notice(`${id}: ${found}.`);
  const code = failureCode(stops);
  if (code !== undefined) throw failure(code, stops);
  if (notices.length > 0) reporter.step('Run `proto-scaffold check` for details.');
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
