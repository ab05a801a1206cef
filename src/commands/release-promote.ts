import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { mustBeTag } from '../registry/credentials.ts';
import { ociManifest } from '../registry/manifest.ts';
import { pushManifest } from '../registry/push.ts';
import { compareVersions } from '../release/release-order.ts';
import { objectRepository } from '../release-object/object-config.ts';
import { publishedAt } from '../vendor/published.ts';
import { openVendorRegistry } from '../vendor/vendor-registry.ts';

export interface PromoteCommand {
  readonly registry: string;
  readonly namespace: string;
}

/** Moves a channel to a release. */
export async function releasePromote(
  context: Context,
  version: string,
  channel: string,
  { registry: host, namespace }: PromoteCommand,
): Promise<number> {
  const { reporter } = context;
  mustBeTag(channel);
  if (compareVersions(channel, channel) !== undefined) {
    throw new UserError(
      'USAGE',
      `${channel} is a version, which always leads to its own release.`,
      {
        hint: 'Name a channel, such as stable or beta.',
      },
    );
  }
  using registry = await openVendorRegistry(context, host);
  const { config, digest, parts } = await publishedAt(registry, namespace, version);
  if (config.version !== version) {
    const message = `${objectRepository(namespace)}:${version} is release ${config.version}.`;
    throw new UserError('RELEASE_INVALID', message);
  }
  const before = await publishedAt(registry, namespace, channel).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'RELEASE_UNKNOWN') return undefined;
    throw error;
  });
  const asked = { repository: objectRepository(namespace), reference: channel };
  await pushManifest(registry.access, asked, parts.manifest, ociManifest);
  const found = await registry.client.digest(asked.repository, channel);
  if (found !== digest) {
    throw new UserError('RELEASE_INVALID', `${channel} leads to ${found}, not to ${digest}.`);
  }
  const from = before === undefined ? '' : `${before.config.version} → `;
  reporter.line(`${channel}: ${from}${version}`);
  if (before !== undefined && before.config.sequence > config.sequence) {
    reporter.notice(
      `Release ${version} is earlier than ${before.config.version}. Installations that have the later one keep it.`,
    );
  }
  reporter.result({ channel, version, digest, ...(before && { before: before.config.version }) });
  return ExitCode.done;
}
