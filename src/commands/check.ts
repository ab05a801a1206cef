import { failureCode, stopping } from '../checks/findings.ts';
import { hostLines, neededHosts } from '../checks/hosts.ts';
import { hostsInput } from '../checks/needed-hosts.ts';
import { reportFindings } from '../checks/report-findings.ts';
import { findingsFor, type Profile, requireKnownChecks } from '../checks/run-checks.ts';
import type { Context } from '../context.ts';
import { ExitCode, errorTable } from '../errors.ts';
import { openSubject, type SubjectOptions } from '../open/check-subject.ts';
import { warnOfInterruptedChange } from '../open/open-installation.ts';

export interface CheckCommandOptions extends SubjectOptions {
  readonly profile?: Profile;
  /** Also test the keys of external services. */
  readonly online: boolean;
  readonly ignore: readonly string[];
  /** List the hosts that must be reachable, and run no checks. */
  readonly urls: boolean;
}

/** Checks the host and the installation, and reports problems. Changes nothing. */
export async function check(context: Context, options: CheckCommandOptions): Promise<number> {
  const { reporter } = context;
  requireKnownChecks(options.ignore);
  await using subject = await openSubject(context, options);
  if (options.urls) {
    const hosts = neededHosts(hostsInput(context, subject));
    for (const line of hostLines(hosts)) reporter.line(line);
    reporter.result({ urls: hosts });
    return ExitCode.done;
  }
  const folder = subject.installation?.folder;
  if (folder !== undefined) await warnOfInterruptedChange(context, folder);
  const mode = options.profile ?? 'check';
  const { online, ignore } = options;
  if (online && subject.installation === undefined) {
    reporter.notice('No installation was found, so --online does not test any keys.');
  }
  const findings = await findingsFor(context, mode, { ...subject, online, ignore });
  const where = subject.broken === undefined ? folder : subject.place;
  reportFindings(context, findings, { mode, folder: where });
  const code = failureCode(stopping(findings));
  return code === undefined ? ExitCode.done : errorTable[code].exitCode;
}
