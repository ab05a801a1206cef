import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { docsPages, readPage, spansOf, withoutBlocks } from './pages.ts';

/** Every link between pages leads to a file that exists, and to a heading that it has. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = [...docsPages(), ...['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md']];

/** As GitHub makes the anchor of a heading. */
function anchorsOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function linksOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^https?:/.test(target));
}

describe.each(pages)('%s', (page) => {
  it('has links that lead somewhere', () => {
    const broken = linksOf(readPage(page)).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(readPage(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe('CONTRIBUTING.md', () => {
  it('names only files and folders that exist', () => {
    const named = spansOf(readPage('CONTRIBUTING.md'))
      .filter((span) => /^(src|test|scripts|templates|docs|schemas)\/[\w./-]*$/.test(span))
      .filter((span) => !/NAME|\/1\.2\.3/.test(span));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('docs/README.md', () => {
  const index = readPage('docs/README.md');

  it.each(docsPages().filter((page) => !/README\.md$|\/decisions\//.test(page)))(
    'links to %s',
    (page) => {
      expect(index).toContain(`](${page.slice('docs/'.length)})`);
    },
  );

  it('has decisions that their own index links to', () => {
    const own = readPage('docs/decisions/README.md');
    const missing = docsPages()
      .filter((page) => /\/decisions\/\d/.test(page))
      .filter((page) => !own.includes(`](${page.slice('docs/decisions/'.length)})`));
    expect(missing).toEqual([]);
  });
});
