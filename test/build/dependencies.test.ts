import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
// @ts-expect-error scripts have no types
import { packagesIn } from '../../scripts/licenses.mjs';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const bundled: string[] = packagesIn(JSON.parse(read('.cache/metafile.json')));
const nameOf = (folder: string) => folder.slice(folder.lastIndexOf('node_modules/') + 13);

/** The packages that the page names: in the first column, and in the last. */
function named(): { chosen: string[]; brought: string[] } {
  const rows = read('docs/dependencies.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const namesIn = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  const cells = rows.map((row) => row.split('|'));
  return {
    chosen: cells.flatMap(([, first]) => namesIn(first)),
    brought: cells.flatMap(([, , , last]) => namesIn(last)),
  };
}

describe('what the program is made of', () => {
  it('is reported, package by package, and nothing else is', () => {
    const { chosen, brought } = named();
    expect([...chosen, ...brought].sort()).toEqual([...new Set(bundled.map(nameOf))].sort());
    expect(chosen.filter((name) => !Object.hasOwn(packageJson.devDependencies, name))).toEqual([]);
  });

  it('runs no script when it is installed', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { hasInstallScript?: boolean; integrity?: string }>;
    };
    // The one in the whole tree is a tool: a detector that finds nothing shows nothing.
    const all = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript);
    expect(all).toContain('node_modules/esbuild');
    expect(bundled.filter((folder) => packages[folder]?.hasInstallScript)).toEqual([]);
    expect(bundled.filter((folder) => !packages[folder]?.integrity?.startsWith('sha512-'))).toEqual(
      [],
    );
  });
});
