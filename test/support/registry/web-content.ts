import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from './store.ts';
import type { TarEntry } from './tar-archive.ts';

const folder = join(import.meta.dirname, 'content');

/**
 * The files of a small static bundle that works in a browser. Its assets carry the release's
 * version and, as a web build does it, a hash of their bytes in their names.
 */
export function webContent(bundle: string, version: string): readonly TarEntry[] {
  const assets = readdirSync(join(folder, bundle, 'assets')).map((name) => {
    const content = read(bundle, `assets/${name}`).replaceAll('__VERSION__', version);
    return { name, hashed: hashedName(name, content), content };
  });
  const pages = readdirSync(join(folder, bundle)).filter((name) => name !== 'assets');
  return [
    ...pages.map((path) => ({
      path,
      content: assets.reduce(
        (text, { name, hashed }) => text.replaceAll(`assets/${name}`, `assets/${hashed}`),
        read(bundle, path).replaceAll('__VERSION__', version),
      ),
    })),
    { path: 'assets/', type: 'Directory' as const },
    ...assets.map(({ hashed, content }) => ({ path: `assets/${hashed}`, content })),
  ];
}

function read(bundle: string, path: string): string {
  return readFileSync(join(folder, bundle, path), 'utf8');
}

function hashedName(name: string, content: string): string {
  const [stem, extension] = name.split('.');
  return `${stem}.${digestOf(content).slice('sha256:'.length, 'sha256:'.length + 8)}.${extension}`;
}
