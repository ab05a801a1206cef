import { networksOfHba } from '../compose/pg-hba.ts';
import { accessFile } from '../config/follow-access.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { Installation } from '../installation/read-installation.ts';
import { isMissing } from '../lib/fs/files.ts';
import { quoted } from '../lib/terminal/words.ts';
import type { Site } from '../nginx/render-nginx.ts';
import { allowedNow, presentSite } from '../nginx/site.ts';
import { isOwnCertificate, ownCertificateFiles } from '../nginx/site-certificate.ts';
import { hbaFile, nginxFile, ownCertificate } from '../release/layout.ts';
import { isIssuedBy } from '../tls/certificate.ts';
import { siteValues } from '../values/site-values.ts';

/**
 * Stops if this host's certificate is missing: the database would not start, and docker would only report a mount error.
 * @param loaded any installation
 * @throws UserError CERTIFICATE_MISSING
 */
export async function refuseWithoutCertificate(
  { reporter }: Context,
  { input }: LoadedConfig,
): Promise<void> {
  const { installation, hosting, templates, current } = input;
  if (hosting !== 'hybrid') return;
  const values = siteValues(templates, current);
  const found = presentSite(installation, values, current.get(nginxFile));
  const own = found.certificate === undefined || isOwnCertificate(found);
  const files = own ? ownCertificateFiles(installation) : found.certificate;
  for (const path of [files?.certificate ?? '', files?.key ?? '']) {
    if (!(await isMissing(path))) continue;
    const message = `The database needs ${path}, which does not exist.`;
    const hint =
      'Create the file, or specify another one with `proto-scaffold nginx --certificate`.';
    throw new UserError('CERTIFICATE_MISSING', message, own ? {} : { hint });
  }
  const hba = networksOfHba(current.get(hbaFile) ?? '');
  const wanted = allowedNow(values) ?? hba;
  if (String(hba) === String(wanted)) return;
  reporter.notice(
    `${hbaFile} does not match ${accessFile}. To fix this, run: proto-scaffold config set access.allowed_cidrs ${quoted(wanted.join(', '))}`,
  );
}

/** The operator may have replaced the files of the own certificate with those of another one. */
function isOurs(current: ReadonlyMap<string, string>): boolean {
  const pem = current.get(ownCertificate.certificate);
  const ca = current.get(ownCertificate.ca_certificate);
  return pem === undefined || ca === undefined || isIssuedBy(pem, ca);
}

/** An installation with hybrid hosting, according to its current files. */
export interface HybridSite extends LoadedConfig {
  /** Includes the certificate for nginx and the database, own or given. */
  readonly site: Site;
  /** The program made the certificate, and its own CA signed it. */
  readonly own: boolean;
}

/** @throws UserError NOT_HYBRID */
export async function readHybrid(
  context: Context,
  installation: Installation,
): Promise<HybridSite> {
  const { folder, lock } = installation;
  if (lock.hosting !== 'hybrid') {
    throw new UserError('NOT_HYBRID', `${folder} is an installation with ${lock.hosting} hosting.`);
  }
  const loaded = await loadConfig(context, installation);
  const { templates, current } = loaded.input;
  const found = presentSite(folder, siteValues(templates, current), current.get(nginxFile));
  const isAtOwnPath = found.certificate === undefined || isOwnCertificate(found);
  const certificate = isAtOwnPath ? ownCertificateFiles(folder) : found.certificate;
  const own = isAtOwnPath && isOurs(current);
  return { ...loaded, site: { ...found, certificate }, own };
}
