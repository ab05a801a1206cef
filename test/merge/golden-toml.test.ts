import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mergeToml } from '../../src/merge/merge-toml.ts';
import type { MergeOptions } from '../../src/merge/result.ts';
import { expectPromisesKept } from './support/promises.ts';

/**
 * A folder is a case: base, current and incoming give expected.toml to the byte and the changes of
 * changes.json; a merge that is refused gives result.json. options.json holds MergeOptions.
 */
const root = join(import.meta.dirname, 'cases', 'toml');
const names = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test.each(names)('%s', (name) => {
  const read = (file: string) => readFileSync(join(root, name, file), 'utf8');
  const has = (file: string) => existsSync(join(root, name, file));
  const [base, current, incoming] = [
    read('base.toml'),
    read('current.toml'),
    read('incoming.toml'),
  ];
  const given = has('options.json') ? JSON.parse(read('options.json')) : {};
  const options: MergeOptions = { onConflict: 'ours', ...given };
  const result = mergeToml(base, current, incoming, options);
  if (has('result.json')) {
    expect(result).toEqual(JSON.parse(read('result.json')));
    return;
  }
  expect(result.kind === 'merged' ? result.text : result).toBe(read('expected.toml'));
  expect(result).toMatchObject({ changes: JSON.parse(read('changes.json')) });
  if (!options.renames) {
    expectPromisesKept({ base, current, incoming, onConflict: options.onConflict }, result);
  }
});
