import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(`${root}ARCHITECTURE.md`, 'utf8');
const sources = readdirSync(`${root}src`, { encoding: 'utf8', recursive: true })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(`${root}src/${path}`, 'utf8'))
  .join('\n');

it('has at most 150 lines, and at least 20 questions', () => {
  expect(page.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  expect(page.match(/^\| … /gm)?.length).toBeGreaterThanOrEqual(20);
});

it('names files and folders that there are', () => {
  const paths = [...page.matchAll(/`((?:src|test|scripts|lint|templates)\/[^`*]*)`/g)];
  expect(paths.length).toBeGreaterThan(40);
  expect(paths.map(([, path = '']) => path).filter((path) => !existsSync(root + path))).toEqual([]);
});

it('names functions that there are, in the flow of init and of update', () => {
  const flows = page.slice(page.indexOf('### `init`'), page.indexOf('## Tests'));
  const names = [...flows.matchAll(/`([a-z]\w*[A-Z]\w*)`/g)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(25);
  expect(
    names.filter(
      (name) => !new RegExp(`(function |const |^  (async )?)${name}\\b`, 'm').test(sources),
    ),
  ).toEqual([]);
});
