import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { stringifyLock } from '../installation/lock.ts';
import { type Plan, planLines } from '../installation/plan.ts';
import {
  beginTransaction,
  type CurrentFile,
  type Installation,
  readCurrent,
} from '../installation/read-installation.ts';
import { reportConcurrentEdits } from '../installation/show-plan.ts';
import { sha256 } from '../lib/fs/files.ts';
import { CertificatePart } from '../release/hosting.ts';
import { fileMode, ownCertificate } from '../release/layout.ts';
import { serviceWithRole } from '../release/release.ts';
import { Secret } from '../secret.ts';
import { readCertificate } from '../tls/certificate.ts';
import { type Authority, makeCertificate } from '../tls/own-certificate.ts';
import { parseSiteHost } from '../values/site-host.ts';
import type { HybridSite } from './hybrid.ts';

/** A new certificate that replaces the current one. */
export interface Renewal {
  readonly plan: Plan;
  readonly lines: readonly string[];
  readonly host: string;
  readonly newCa: boolean;
  /** The service of the database, and whether it reads a certificate without a restart. */
  readonly database: string;
  readonly reloads: boolean;
  /** The current files, by path. */
  readonly current: ReadonlyMap<string, CurrentFile>;
}

const day = 24 * 3600 * 1000;

/**
 * Creates the certificate without changing the installation.
 * @throws UserError CERTIFICATE_NOT_OWN, VALUES_UNSET; from openssl
 */
export async function planRenewal(
  context: Context,
  { folder }: Installation,
  { site, own, input }: HybridSite,
  newCa: boolean,
): Promise<Renewal> {
  if (!own) {
    const message = `The certificate is ${site.certificate?.certificate}, which you provided.`;
    throw new UserError('CERTIFICATE_NOT_OWN', message);
  }
  const host = parseSiteHost(site.url ?? '');
  if (host === undefined) {
    throw new UserError('VALUES_UNSET', 'The host name for the certificate is not set.', {
      faults: [{ file: 'backend/config/access.toml', key: 'access.host', message: 'has no value' }],
    });
  }
  const current = await readCurrent(folder, Object.values(ownCertificate));
  const authority = newCa ? undefined : authorityOf(current);
  const parts = await makeCertificate(context, host.name, authority);
  const files = CertificatePart.options
    .map((part) => ({ path: ownCertificate[part], text: parts[part] }))
    .filter(({ path, text }) => current.get(path)?.text !== text)
    .map(({ path, text }) => ({
      kind: current.has(path) ? ('update' as const) : ('create' as const),
      path,
      content: new Secret(text),
    }));
  const plan = { command: 'certificate --renew', installation: folder, actions: [], files };
  const { release } = input.templates;
  const [database, service] = serviceWithRole(release, input.hosting, 'database') ?? ['postgres'];
  return {
    plan,
    lines: planLines(plan),
    host: host.name,
    newCa: authority === undefined,
    database,
    reloads: service?.reload !== undefined,
    current,
  };
}

/** @returns `undefined` if no CA exists yet */
function authorityOf(current: ReadonlyMap<string, CurrentFile>): Authority | undefined {
  const certificate = current.get(ownCertificate.ca_certificate)?.text;
  const key = current.get(ownCertificate.ca_key)?.text;
  if (certificate === undefined && key === undefined) return undefined;
  const refuse = (message: string) =>
    new UserError('CERTIFICATE_NOT_OWN', message, {
      hint: 'Restore it, or create a new CA with --new-ca. The vendor must then trust the new CA.',
    });
  if (certificate === undefined) throw refuse(`${ownCertificate.ca_certificate} does not exist.`);
  if (key === undefined)
    throw refuse(`${ownCertificate.ca_key}, which signs the certificate, does not exist.`);
  const facts = read(certificate, key);
  if (facts?.fitsKey !== true) {
    throw refuse(`${ownCertificate.ca_key} is not the key of ${ownCertificate.ca_certificate}.`);
  }
  const daysLeft = Math.floor((facts.validTo - Date.now()) / day);
  if (daysLeft < 1) throw refuse("This installation's own CA has expired.");
  return { ca_key: key, ca_certificate: certificate, daysLeft };
}

function read(certificate: string, key: string) {
  try {
    return readCertificate(certificate, key);
  } catch {
    return undefined;
  }
}

/**
 * Applies it in a transaction. The next update then treats it as rendered.
 * @returns the number of the previous state in history
 */
export async function putCertificate(
  context: Context,
  installation: Installation,
  { plan, current }: Renewal,
): Promise<number> {
  const { lock, base } = installation;
  await using transaction = await beginTransaction(installation);
  for (const { path, content } of plan.files) {
    const expected = current.get(path)?.sha256;
    await transaction.write({ path, content: content.reveal(), mode: fileMode(path), expected });
  }
  const texts = plan.files.map(({ path, content }) => [path, content.reveal()] as const);
  const after = new Map([...base, ...texts]);
  await transaction.setBase(after);
  const files = Object.fromEntries([...after].map(([path, text]) => [path, sha256(text)]));
  await transaction.setLock(stringifyLock({ ...lock, files }));
  context.signal.throwIfAborted();
  const record = { why: plan.command, kind: 'config', release: lock.release } as const;
  const { history, concurrentEdits } = await transaction.commit(record);
  reportConcurrentEdits(context, concurrentEdits);
  return history;
}
