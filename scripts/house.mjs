// Checks the rules of lint/house.mjs on a source tree: the order of the domains, cycles, purity, who reads files.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import { transformSync } from 'esbuild';
import { domains, forbiddenReaders, order, purity } from '../lint/house.mjs';

/**
 * @param root a folder with src/ in it
 * @returns a line for each violation, sorted; none if there are none
 */
export async function breaches(root) {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !domains.some(({ name }) => name === entry.name))
    .map(({ name }) => `src/${name} is not a domain in lint/house.mjs`);
  const found = [...(await cruised(root, order, true)), ...(await cruised(root, purity, false))];
  return [...folders, ...found, ...readersIn(root)].sort();
}

function readersIn(root) {
  return readdirSync(join(root, 'src'), { recursive: true })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => {
      const file = `src/${path}`;
      const names = forbiddenReaders(file, readFileSync(join(root, file), 'utf8'));
      return names.map((name) => `files are read by lib/fs/read-file.ts only: ${file} -> ${name}`);
    });
}

async function cruised(root, forbidden, types) {
  const baseDir = copyOf(root, types);
  const options = {
    baseDir,
    ruleSet: { forbidden },
    validate: true,
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
  };
  const { output } = await cruise(['src'], options, { extensions: ['.ts'] });
  rmSync(baseDir, { recursive: true });
  return output.summary.violations.map(({ rule, from, to, via, cycle }) => {
    const way = (via ?? cycle ?? []).map(({ name }) => name);
    return `${rule.name}: ${from} -> ${(way.length > 0 ? way : [to]).join(' -> ')}`;
  });
}

/**
 * The sources as plain JavaScript, which dependency-cruiser can read completely.
 * @param types whether type imports count as dependencies; at run time they do not
 */
function copyOf(root, types) {
  const copy = join(root, '.cache/house');
  const tsconfigRaw = { compilerOptions: { verbatimModuleSyntax: true } };
  for (const path of readdirSync(join(root, 'src'), { recursive: true })) {
    if (!path.endsWith('.ts')) continue;
    const text = readFileSync(join(root, 'src', path), 'utf8');
    const source = types ? text.replace(/^(import|export) type (?=[{*])/gm, '$1 ') : text;
    const { code } = transformSync(source, { loader: 'ts', target: 'node20.19', tsconfigRaw });
    const target = join(copy, 'src', path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  return copy;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = await breaches(fileURLToPath(new URL('..', import.meta.url)));
  for (const line of found) console.error(line);
  process.exit(found.length === 0 ? 0 : 1);
}
