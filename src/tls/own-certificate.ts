import { join } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readText } from '../lib/fs/files.ts';
import { randomSerial } from '../lib/fs/random.ts';
import { withTemporaryFolder } from '../lib/fs/temporary-folder.ts';
import { type Command, run } from '../lib/process/process.ts';
import type { CertificatePart } from '../release/hosting.ts';
import type { Release } from '../release/release.ts';
import { Secret } from '../secret.ts';
import { parseSiteHost } from '../values/site-host.ts';
import { revealValue, type Values } from '../values/values.ts';
import {
  authorityCommands,
  certificateCommands,
  opensslConfig,
  opensslConfigFile,
  opensslFiles,
  opensslVersion,
} from './openssl.ts';

/** PEM texts. */
export type CertificateParts = Readonly<Record<CertificatePart, string>>;

/** Whether `init` generates a certificate when it knows the host's name. */
export function wantsOwnCertificate(release: Release, values: Values): boolean {
  const made = Object.values(release.values).some((value) => value.made !== undefined);
  return made && !values.has('YOUR_TLS_CERTIFICATE');
}

/** @throws UserError OPENSSL_NOT_FOUND */
export async function mustHaveOpenssl(context: Context): Promise<void> {
  await openssl(context, opensslVersion);
}

/**
 * Adds an own certificate to the values if none is given. It is generated once, at `init`, like random secrets.
 * @throws UserError OPENSSL_NOT_FOUND, OPENSSL_FAILED
 */
export async function withOwnCertificate(
  context: Context,
  release: Release,
  values: Values,
): Promise<Values> {
  const host = parseSiteHost(revealValue(values.get('YOUR_URL')) ?? '');
  if (!wantsOwnCertificate(release, values) || host === undefined) return values;
  return withParts(release, values, await makeCertificate(context, host.name));
}

/** The same for a dry run, which runs nothing: only the existence of the files matters. */
export function withStandInCertificate(release: Release, values: Values): Values {
  if (!wantsOwnCertificate(release, values) || !values.has('YOUR_URL')) return values;
  const none = '';
  return withParts(release, values, {
    ca_key: none,
    ca_certificate: none,
    key: none,
    certificate: none,
  });
}

function withParts(release: Release, values: Values, parts: CertificateParts): Values {
  const complete = new Map(values);
  for (const [name, { made, secret }] of Object.entries(release.values)) {
    if (made === undefined) continue;
    complete.set(name, secret ? new Secret(parts[made]) : parts[made]);
  }
  return complete;
}

/** A signing CA, and the number of days for which it is valid. */
export interface Authority {
  readonly ca_key: string;
  readonly ca_certificate: string;
  readonly daysLeft: number;
}

/**
 * Creates a certificate for a host name, and a CA to sign it if none is given. Files are written to a temporary folder
 * that only this user can access, and that is deleted afterwards.
 * @throws UserError OPENSSL_NOT_FOUND, OPENSSL_FAILED
 */
export function makeCertificate(
  context: Context,
  host: string,
  authority?: Authority,
): Promise<CertificateParts> {
  return withTemporaryFolder(context, async ({ folder, put }) => {
    await put(opensslConfigFile, opensslConfig(host));
    if (authority !== undefined) {
      await put(opensslFiles.ca_key, authority.ca_key);
      await put(opensslFiles.ca_certificate, authority.ca_certificate);
    }
    const commands = [
      ...(authority === undefined ? authorityCommands() : []),
      ...certificateCommands(randomSerial(), authority?.daysLeft),
    ];
    for (const command of commands) await openssl(context, { ...command, cwd: folder });
    const text = async (name: string) => (await readText(join(folder, name))) ?? '';
    return {
      ca_key: await text(opensslFiles.ca_key),
      ca_certificate: await text(opensslFiles.ca_certificate),
      key: await text(opensslFiles.key),
      certificate: await text(opensslFiles.certificate),
    };
  });
}

async function openssl(context: Context, command: Command): Promise<void> {
  const { env, signal, reporter } = context;
  reporter.detail(`${command.program} ${command.args.join(' ')}`);
  const { exitCode, stderr } = await runOpenssl(command, { env, signal });
  if (exitCode === 0) return;
  const message = stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  throw new UserError('OPENSSL_FAILED', `\`openssl ${command.args[0]}\` failed.`, {
    faults: [{ file: 'openssl', message }],
  });
}

async function runOpenssl(command: Command, options: Parameters<typeof run>[1]) {
  try {
    return await run(command, options);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'PROGRAM_NOT_FOUND') throw error;
    const message =
      'openssl was not found on this host. It is required to create the certificate for the database.';
    throw new UserError('OPENSSL_NOT_FOUND', message, { cause: error });
  }
}
