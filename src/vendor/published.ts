import { UserError } from '../errors.ts';
import { object, parseJsonObject, parseManifest } from '../registry/manifest.ts';
import { listTags } from '../registry/push.ts';
import { compareVersions } from '../release/release-order.ts';
import { openObject, type ReleaseObject } from '../release-object/object.ts';
import {
  mediaTypes,
  type ObjectConfig,
  objectRepository,
} from '../release-object/object-config.ts';
import type { VendorRegistry } from './vendor-registry.ts';

/** What a registry has of releases. */

/** Above any version of this program: the vendor looks at releases for newer ones, too. */
const anyProgram = '999999.0.0';

/** The release at a tag, whoever signed it. @throws UserError RELEASE_UNKNOWN, RELEASE_INVALID */
export async function publishedAt(
  { client }: VendorRegistry,
  namespace: string,
  tag: string,
): Promise<ReleaseObject> {
  const repository = objectRepository(namespace);
  const { digest, bytes } = await client.manifest(repository, tag);
  const manifest = parseManifest(bytes, `${repository}:${tag}`);
  const blob = async (type: string) => {
    const all = 'layers' in manifest ? [manifest.config, ...manifest.layers] : [];
    const part = all.find(({ mediaType }) => mediaType === type);
    return part && (await client.blob(repository, part));
  };
  const [config, templates, notes] = await Promise.all(
    [mediaTypes.config, mediaTypes.templates, mediaTypes.notes].map(blob),
  );
  if (config === undefined || templates === undefined) {
    const message = `${repository}:${tag} is not a release object.`;
    throw new UserError('RELEASE_INVALID', message);
  }
  const parts = { manifest: bytes, config, templates, ...(notes && { notes }) };
  return openObject(parts, { namespace, digest, program: anyProgram });
}

/** A release that has a tag of its own. */
export interface Published {
  readonly version: string;
  readonly sequence: number;
}

/** All releases of a namespace, by their version tags. */
export async function publishedIn(
  registry: VendorRegistry,
  namespace: string,
): Promise<readonly Published[]> {
  const repository = objectRepository(namespace);
  const tags = await listTags(registry.access, repository);
  const versions = tags.filter((tag) => compareVersions(tag, tag) !== undefined);
  const found: Published[] = [];
  for (const version of versions) {
    const { bytes } = await registry.client.manifest(repository, version);
    const { config } = parseManifest(bytes, `${repository}:${version}`) as { config?: never };
    if (config === undefined) continue;
    const data = object(parseJsonObject(await registry.client.blob(repository, config)));
    const sequence = (data as Partial<ObjectConfig> | undefined)?.sequence;
    if (typeof sequence === 'number') found.push({ version, sequence });
  }
  return found;
}
