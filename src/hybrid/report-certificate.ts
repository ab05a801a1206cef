import { join } from 'node:path';
import type { Context } from '../context.ts';
import { planData } from '../installation/plan.ts';
import { installSite } from '../nginx/nginx.ts';
import { quoted, shown } from '../registry/load-credentials.ts';
import type { CertificateStatus } from '../tls/certificate.ts';
import type { HybridSite } from './hybrid.ts';
import type { Renewal } from './renew-certificate.ts';

export function reportCertificate(
  { reporter }: Context,
  { own, site }: HybridSite,
  status: CertificateStatus | null,
): void {
  const file = status?.file ?? site.certificate?.certificate ?? '';
  reporter.line(`${file}: ${own ? 'made by this program, signed by its own CA' : 'given by you'}.`);
  reporter.line(`  ${termOf(status)}`);
  if (own) reporter.line('  A new one, by the same CA: proto-scaffold certificate --renew');
  reporter.result({ own, host: site.url ?? null, ...status });
}

function termOf(status: CertificateStatus | null): string {
  if (status === null) return 'nginx/proto.conf names no certificate.';
  if (status.problem !== null) return `It can not be read: ${status.problem}.`;
  const { daysLeft, validTo } = status;
  const end = validTo?.slice(0, 10);
  if ((daysLeft ?? 0) < 0) return `It has ended on ${end}: nobody can connect with it.`;
  return `It holds until ${end}, for ${daysLeft} days.`;
}

/** @param history number of the state before; absent in a dry run */
export function reportRenewal(
  context: Context,
  { plan, host, newCa }: Renewal,
  history: number | undefined,
): void {
  const { reporter } = context;
  const backend = quoted(join(shown(context, plan.installation), 'backend'));
  const next = [`cd ${backend}`, 'docker compose restart postgres', installSite];
  if (history === undefined) reporter.line('This was a dry run: nothing was changed.');
  else {
    reporter.line(`Made a new certificate for ${host}${newCa ? ', and a new CA' : ''}.`);
    if (newCa) {
      reporter.line(
        "  The vendor's platform can not connect until it trusts the new CA: proto-scaffold connection",
      );
    }
    reporter.line(
      `  The state before is number ${history} in \`proto-scaffold history\`; \`proto-scaffold rollback ${history}\` goes back to it.`,
    );
    reporter.line();
    reporter.line('Database and nginx take it up once this is done:');
    for (const command of next) reporter.line(`  ${command}`);
  }
  reporter.result({
    dryRun: history === undefined,
    host,
    newCa,
    plan: planData(plan),
    ...(history !== undefined && { history, next }),
  });
}
