import { join } from 'node:path';
import type { Context } from '../context.ts';
import { parseLock } from '../installation/lock.ts';
import { readText } from '../lib/fs/files.ts';
import { lockFile } from '../release/layout.ts';
import { listHistory } from '../transaction/history.ts';
import { dockerImages, dockerRemoveImage, prunableImages } from './docker-prune.ts';
import { mustDocker, tryDocker } from './run-docker.ts';

/** Removes this platform's images that neither the current state nor a state in history needs. */
export async function pruneImages(context: Context, installation: string): Promise<void> {
  const { reporter } = context;
  const folders = (await listHistory(installation)).map(({ n }) => `.proto/history/${n}/lock.json`);
  const kept = await Promise.all(
    [lockFile, ...folders].map(async (path) => {
      const text = await readText(join(installation, path));
      return text === undefined ? [] : [parseLock(text, path)];
    }),
  );
  const locks = kept.flat();
  const places = new Set(locks.map(({ registry, namespace }) => `${registry} ${namespace}`));
  for (const place of places) {
    const [registry = '', namespace = ''] = place.split(' ');
    const listed = await mustDocker(context, dockerImages(registry, namespace), 'docker image ls');
    for (const image of prunableImages(listed.stdout, locks)) {
      const { exitCode, stderr } = await tryDocker(context, dockerRemoveImage(image));
      if (exitCode === 0) reporter.step(`Removed ${image}`);
      // A container may still use it. That must not fail a completed update.
      else reporter.notice(`Could not remove ${image}: ${stderr.trim().split('\n')[0]}`);
    }
  }
}
