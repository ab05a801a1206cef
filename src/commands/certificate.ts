import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { readHybrid } from '../hybrid/hybrid.ts';
import { planRenewal, putCertificate } from '../hybrid/renew-certificate.ts';
import { reportCertificate, reportRenewal } from '../hybrid/report-certificate.ts';
import { planData } from '../installation/plan.ts';
import { agree, showPlan } from '../installation/show-plan.ts';
import { openInstallation } from '../open/open-installation.ts';
import { certificateStatus } from '../tls/certificate.ts';

export interface CertificateOptions {
  readonly dir?: string;
  readonly renew: boolean;
  /** Sign the certificate with a new CA. */
  readonly newCa: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/** With hybrid hosting: shows how long the certificate of this host is valid, or renews it. */
export async function certificate(context: Context, options: CertificateOptions): Promise<number> {
  const { dir, renew, dryRun, yes } = options;
  const changes = renew && !dryRun;
  const open = { dir, command: 'proto-scaffold certificate', changes };
  await using installation = await openInstallation(context, open);
  const found = await readHybrid(context, installation);
  if (!renew) {
    const status = await certificateStatus(installation.folder, Date.now());
    reportCertificate(context, found, status);
    return ExitCode.done;
  }
  const renewal = await planRenewal(context, installation, found, options.newCa);
  showPlan(context, renewal.lines, yes || dryRun);
  if (!dryRun) await agree(context, planData(renewal.plan), yes);
  const history = dryRun ? undefined : await putCertificate(context, installation, renewal);
  reportRenewal(context, renewal, history);
  return ExitCode.done;
}
