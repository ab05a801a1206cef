import type { Context } from '../context.ts';
import type { RegistryClient, ResolvedManifest } from '../registry/registry.ts';

/** A static bundle, and the empty folder that it goes into. */
export interface BundleTarget {
  readonly name: string;
  readonly manifest: ResolvedManifest | undefined;
  /** Absolute. */
  readonly into: string;
}

/** Fetches static bundles side by side, with one line of progress for all. */
export async function fetchBundles(
  { reporter }: Context,
  registry: RegistryClient,
  targets: readonly BundleTarget[],
): Promise<void> {
  // What reads archives is loaded where there is one to read.
  const { fetchBundle } = await import('./bundle.ts');
  const progress = new Map<string, string>();
  const fetches = targets.map(async ({ name, manifest, into }) => {
    if (manifest === undefined) throw new Error(`the static bundle ${name} was not resolved`);
    const { files, bytes } = await fetchBundle({
      registry,
      resolved: manifest,
      into,
      onProgress: (done, total) => {
        progress.set(name, `${name} ${percent(done, total)}`);
        reporter.progress([...progress.values()].join('   '));
      },
    });
    reporter.detail(`${name}: ${files} files, ${bytes} bytes`);
  });
  // All are waited for, so that none still writes when the tree is thrown away.
  const outcomes = await Promise.allSettled(fetches);
  reporter.progress('');
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

function percent(done: number, total: number): string {
  return total === 0 ? '…' : `${Math.floor((done / total) * 100)} %`;
}
