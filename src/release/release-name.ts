import * as z from 'zod';
import { versionPattern } from './release-order.ts';

/** How lock file, history and output name a release. */
const Name = z.object({
  /** The tag that it was found under: a channel or its version. */
  tag: z.string().regex(versionPattern),
  version: z.string().regex(versionPattern),
  /** Of the release object, if the registry has one. */
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional(),
  sequence: z.int().min(1).optional(),
});
export type ReleaseName = z.infer<typeof Name>;

/** Format 1 had the version under `templates`. */
export const ReleaseName = z.preprocess((data) => {
  const { templates, ...rest } = (data ?? {}) as { readonly templates?: unknown };
  return templates === undefined ? data : { version: templates, ...rest };
}, Name);

/** `2026.12.0 (stable)` */
export function releaseLabel({ version, tag }: Pick<ReleaseName, 'version' | 'tag'>): string {
  return version === tag ? version : `${version} (${tag})`;
}
