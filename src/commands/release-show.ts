import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { object, parseJsonObject } from '../registry/manifest.ts';
import type { ReleaseObject } from '../release-object/object.ts';
import { objectRepository } from '../release-object/object-config.ts';
import type { Signature } from '../trust/signature.ts';
import { configLines } from '../vendor/config-lines.ts';
import { publishedAt } from '../vendor/published.ts';
import { openVendorRegistry } from '../vendor/vendor-registry.ts';

export interface ShowCommand {
  readonly registry: string;
  readonly namespace: string;
  /** Another release, by tag. */
  readonly against?: string;
}

/** Shows a release: what it pins, who signed it, and what differs from another. */
export async function releaseShow(
  context: Context,
  reference: string,
  { registry: host, namespace, against }: ShowCommand,
): Promise<number> {
  const { reporter } = context;
  using registry = await openVendorRegistry(context, host);
  const release = await publishedAt(registry, namespace, reference);
  const { config, digest, templates, notes } = release;
  const signatures: Signature[] = [];
  const signed = { digest, repository: objectRepository(namespace) };
  for await (const signature of registry.client.signatures(signed)) signatures.push(signature);
  const other = against === undefined ? undefined : await publishedAt(registry, namespace, against);
  const changes = other === undefined ? [] : differencesOf(other, release);
  for (const line of configLines(config)) reporter.line(line);
  reporter.line();
  reporter.line(
    `${templates.files.size + 1} templates${notes === undefined ? '' : ', with release notes'}`,
  );
  if (signatures.length === 0) reporter.line('Not signed.');
  for (const signature of signatures) reporter.line(signatureLine(signature));
  if (other !== undefined) {
    reporter.line();
    reporter.line(`Compared with ${other.config.version}:`);
    for (const line of changes) reporter.line(`  ${line}`);
    if (changes.length === 0) reporter.line('  no differences');
  }
  reporter.result({
    digest,
    config,
    templates: ['release.yml', ...templates.files.keys()],
    signatures: signatures.map((each) => ({ layout: each.layout, key: keyOf(each) ?? null })),
    ...(other && { against: other.config.version, changes }),
  });
  return ExitCode.done;
}

/** The key that a signature names. Whether it is by that key is for those to verify who hold it. */
function keyOf(signature: Signature): string | undefined {
  if (signature.layout === 'payload') return undefined;
  const bundle = parseJsonObject(Buffer.from(signature.bundle));
  const { hint } = object(object(bundle?.verificationMaterial)?.publicKey) ?? {};
  return typeof hint === 'string' ? Buffer.from(hint, 'base64').toString('hex') : undefined;
}

function signatureLine(signature: Signature): string {
  const key = keyOf(signature);
  const by = key === undefined ? '' : `, which names the key ${key}`;
  return signature.layout === 'bundle'
    ? `Signature: Sigstore bundle${by}`
    : `Signature: the older layout of cosign${by}`;
}

function differencesOf(before: ReleaseObject, now: ReleaseObject): string[] {
  const artifacts = ['images', 'bundles'] as const;
  const ofArtifacts = artifacts.flatMap((kind) => {
    const [old, next] = [before.config[kind], now.config[kind]];
    return named(old, next).flatMap((name) => {
      const [a, b] = [old[name], next[name]];
      if (a?.digest === b?.digest) return [];
      const words = [a, b].map((each) => each?.version ?? each?.digest.slice(7, 19) ?? 'none');
      return [`${name}: ${words.join(' → ')}`];
    });
  });
  const [old, next] = [before, now].map(({ templates }) => Object.fromEntries(templates.files));
  const ofTemplates = named(old ?? {}, next ?? {}).flatMap((path) => {
    const [a, b] = [old?.[path], next?.[path]];
    if (a === b) return [];
    return [`${path}: ${a === undefined ? 'new' : b === undefined ? 'removed' : 'changed'}`];
  });
  const [was, is] = [before, now].map(({ templates: { release } }) =>
    JSON.stringify({ ...release, release: '' }),
  );
  return [...ofArtifacts, ...ofTemplates, ...(was === is ? [] : ['release.yml: changed'])];
}

function named(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}
