import type { Context } from '../context.ts';
import type { RegistryClient } from '../registry/registry.ts';
import { partsFolder } from './partial-archive.ts';

/** A static bundle, and the empty folder for it. */
export interface BundleTarget {
  readonly name: string;
  readonly repository: string;
  readonly digest: string;
  /** Absolute. */
  readonly into: string;
}

/** Fetches static bundles in parallel, with one line of progress for all. The first failure ends the others. */
export async function fetchBundles(
  { reporter, env, signal: outer }: Context,
  registry: RegistryClient,
  targets: readonly BundleTarget[],
): Promise<void> {
  // The archive code is loaded only if there is an archive to read.
  const { fetchBundle } = await import('./bundle.ts');
  const progress = new Map<string, string>();
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, outer]);
  const fetches = targets.map(async ({ name, repository, digest, into }) => {
    const { files, bytes } = await fetchBundle({
      registry,
      resolved: await registry.resolve(repository, digest),
      into,
      parts: partsFolder(env),
      signal,
      onProgress: (done, total) => {
        progress.set(name, `${name} ${percent(done, total)}`);
        reporter.progress([...progress.values()].join('   '));
      },
    });
    reporter.detail(`${name}: ${files} files, ${bytes} bytes`);
  });
  for (const fetch of fetches) fetch.catch((error: unknown) => stop.abort(error));
  // Waits for all, so that none is still writing when the tree is removed.
  await Promise.allSettled(fetches);
  reporter.progress('');
  stop.signal.throwIfAborted();
}

function percent(done: number, total: number): string {
  return total === 0 ? '…' : `${Math.floor((done / total) * 100)} %`;
}
