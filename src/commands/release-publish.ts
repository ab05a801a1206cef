import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { readText } from '../lib/fs/files.ts';
import { readTemplates } from '../release/load-templates.ts';
import { fetchObject } from '../release-object/object.ts';
import { objectRepository } from '../release-object/object-config.ts';
import { configLines } from '../vendor/config-lines.ts';
import { type PreparedRelease, prepareRelease, pushRelease } from '../vendor/publish.ts';
import { signedLayouts, signRelease } from '../vendor/sign.ts';
import { parseSigningKey, passwordVariable, type SigningKey } from '../vendor/signing-key.ts';
import { openVendorRegistry, type VendorRegistry } from '../vendor/vendor-registry.ts';

export interface PublishCommand {
  readonly version: string;
  readonly registry: string;
  readonly namespace: string;
  readonly imagesTag?: string;
  readonly key?: string;
  readonly requiredFrom?: string;
  readonly minimumProgram?: string;
  readonly notes?: string;
  readonly dryRun: boolean;
}

/** Publishes a release: resolves, packs, pushes, signs, and reads all back. */
export async function releasePublish(
  context: Context,
  folder: string,
  options: PublishCommand,
): Promise<number> {
  const { reporter, cwd } = context;
  const { version, namespace, imagesTag = version, dryRun } = options;
  // Before anything is asked of the registry.
  const key = options.key === undefined ? undefined : await loadKey(context, options.key);
  const texts = await readTemplates(resolve(cwd, folder));
  const notes = options.notes === undefined ? undefined : await mustRead(context, options.notes);
  using registry = await openVendorRegistry(context, options.registry);
  reporter.step(`Resolving images and static bundles at ${imagesTag}`);
  const { requiredFrom, minimumProgram } = options;
  const prepared = await prepareRelease(registry, texts, {
    ...{ version, namespace, imagesTag, requiredFrom, minimumProgram, notes },
    now: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  });
  for (const line of configLines(prepared.config)) reporter.line(line);
  if (dryRun) {
    reporter.line();
    reporter.line('This was a dry run: nothing was pushed.');
    reporter.result({ dryRun, ...data(prepared) });
    return ExitCode.done;
  }
  if (prepared.exists)
    reporter.step(`Release ${version} is published already, with the same contents`);
  else await pushRelease(registry, prepared);
  if (key !== undefined) await signRelease(registry, prepared, key);
  await readBack(context, registry, prepared, key);
  reporter.line();
  reporter.line(
    `Published ${registry.host}/${objectRepository(namespace)}:${version}@${prepared.digest}`,
  );
  reporter.line(
    key === undefined
      ? '  It is not signed: no --key was given.'
      : `  Signed with the key ${key.trusted.fingerprint}.`,
  );
  reporter.line(
    `  No channel leads to it yet. To move one: proto-release promote ${version} CHANNEL`,
  );
  reporter.result({ ...data(prepared), ...(key && { signedBy: key.trusted.fingerprint }) });
  return ExitCode.done;
}

function data({ config, digest, exists }: PreparedRelease): object {
  return { digest, exists, config };
}

/** As an operator would: by the tag, with the key. @throws UserError RELEASE_INVALID */
async function readBack(
  context: Context,
  registry: VendorRegistry,
  { config, digest }: PreparedRelease,
  key: SigningKey | undefined,
): Promise<void> {
  const { namespace, version } = config;
  const repository = objectRepository(namespace);
  const found = await registry.client.digest(repository, version);
  if (found !== digest) {
    const message = `${repository}:${version} leads to ${found}, not to ${digest}, which was pushed.`;
    throw new UserError('RELEASE_INVALID', message);
  }
  const program = config.minimumProgram ?? context.version;
  const keys = key === undefined ? [] : [key.trusted];
  await fetchObject(registry.client, { namespace, digest, program }, keys);
  if (key === undefined) return;
  const layouts = await signedLayouts(
    registry,
    { digest, config, parts: { manifest: Buffer.of() } },
    key,
  );
  if (layouts.size === 2) return;
  const message = `${repository}@${digest} was signed, but only one of two signatures can be read back.`;
  throw new UserError('RELEASE_UNVERIFIED', message);
}

/** @throws UserError SIGNING_KEY_INVALID, VALUES_NOT_FOUND */
async function loadKey(context: Context, file: string): Promise<SigningKey> {
  const { env, reporter } = context;
  const pem = await mustRead(context, file);
  reporter.protect(pem);
  const password = env[passwordVariable];
  if (password) reporter.protect(password);
  return parseSigningKey(pem, file, password);
}

async function mustRead({ cwd }: Context, file: string): Promise<string> {
  const text = await readText(resolve(cwd, file));
  if (text !== undefined) return text;
  throw new UserError('USAGE', `File not found: ${file}.`, { hint: 'Check the path.' });
}
