import { pushBundle } from './bundle.ts';
import { type ImageOptions, pushImage } from './image.ts';
import type { Store } from './store.ts';
import type { TarEntry } from './tar-archive.ts';
import { webContent } from './web-content.ts';

/** A release as plain lists; what is absent is DESIGN.md's. */
export interface ReleaseSeed {
  /** `proto` */
  readonly namespace?: string;
  /** The vendor's version: `2026.11.0` */
  readonly version?: string;
  /** `stable` and the version itself */
  readonly tags?: readonly string[];
  readonly images?: readonly string[];
  /** Names, or names with what they hold. */
  readonly bundles?: readonly (string | NamedBundle)[];
  /** For every image. */
  readonly image?: Omit<ImageOptions, 'version'>;
}

export interface NamedBundle {
  readonly name: string;
  readonly content: readonly TarEntry[] | Buffer;
}

/** Digests by name, without the namespace. */
export interface SeededRelease {
  readonly version: string;
  readonly images: Readonly<Record<string, string>>;
  readonly bundles: Readonly<Record<string, string>>;
}

const designImages = ['platform', 'chatbot', 'msgrouter-ws', 'postgres', 'bucket'];
const designBundles = ['web-app', 'webchat'];

/** Stores all images and static bundles of a release under each of its tags. */
export async function seedRelease(store: Store, seed: ReleaseSeed = {}): Promise<SeededRelease> {
  const { namespace = 'proto', version = '2026.11.0' } = seed;
  const tags = seed.tags ?? ['stable', version];
  const images: Record<string, string> = {};
  const bundles: Record<string, string> = {};
  for (const name of seed.images ?? designImages) {
    for (const tag of tags) {
      const pushed = await pushImage(store, `${namespace}/${name}`, tag, {
        ...seed.image,
        version,
      });
      images[name] = pushed.digest;
    }
  }
  for (const bundle of seed.bundles ?? designBundles) {
    const { name, content } =
      typeof bundle === 'string' ? { name: bundle, content: webContent(bundle, version) } : bundle;
    for (const tag of tags) {
      const options = { version };
      const pushed = await pushBundle(store, `${namespace}/${name}`, tag, content, options);
      bundles[name] = pushed.digest;
    }
  }
  return { version, images, bundles };
}
