import { isAbsolute, join } from 'node:path';
import type { Context } from '../context.ts';
import { shown } from '../registry/load-credentials.ts';
import { faultLine } from '../reporter.ts';
import type { Mode } from './define.ts';
import { type Finding, findingData, stopping } from './findings.ts';
import { findingLines } from './lines.ts';

export interface Looked {
  readonly mode: Mode;
  readonly folder: string | undefined;
}

/** Reports all findings: as text with the most important first, and as JSON with all details. */
export function reportFindings(
  context: Context,
  findings: readonly Finding[],
  { mode, folder }: Looked,
): void {
  const { reporter } = context;
  const where =
    folder === undefined
      ? 'This host, without an installation'
      : `This host and the installation ${shown(context, folder)}`;
  const wanted = mode === 'check' ? '' : `, with the checks of \`${mode}\``;
  reporter.line(`${where}${wanted}:`);
  reporter.line();
  const placeOf = (fault: Finding['faults'][number]) =>
    faultLine(
      folder === undefined || fault.outside || isAbsolute(fault.file)
        ? fault
        : { ...fault, file: join(shown(context, folder), fault.file) },
    );
  for (const line of findingLines(findings, placeOf, reporter.verbose)) reporter.line(line);
  reporter.result({
    profile: mode === 'check' ? null : mode,
    installation: folder ?? null,
    passed: stopping(findings).length === 0,
    findings: findings.map(findingData),
  });
}
