import { formatBytes, table } from '../lib/terminal/words.ts';
import type { ObjectConfig } from '../release-object/object-config.ts';

/** What a release pins, as text. */
export function configLines({
  version,
  sequence,
  createdAt,
  requiredFrom,
  minimumProgram,
  images,
  bundles,
}: ObjectConfig): string[] {
  const rows = [...Object.entries(images), ...Object.entries(bundles)].map(
    ([name, { repository, digest, version: own, size }]) => [
      name,
      own ?? '-',
      formatBytes(size),
      `${repository}@${digest}`,
    ],
  );
  return [
    `Release ${version}, sequence ${sequence}, created ${createdAt}`,
    ...(requiredFrom === undefined
      ? []
      : [`  Installations below ${requiredFrom} get that release first.`]),
    ...(minimumProgram === undefined ? [] : [`  Needs proto-scaffold ${minimumProgram}.`]),
    '',
    ...table([['name', 'version', 'size', 'digest'], ...rows]),
  ];
}
