import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mergeText } from '../../src/merge/merge-text.ts';
import { mergeYaml } from '../../src/merge/merge-yaml.ts';
import type { KeyChange, MergeOptions } from '../../src/merge/result.ts';

/**
 * A case is a folder: base, current and incoming go in; `expected` and `changes.txt` (the side
 * that the bytes are from, then a line for each change) must come out, to the byte.
 */
const kinds = [
  { folder: 'yaml', ending: 'yml', merge: mergeYaml },
  { folder: 'text', ending: 'txt', merge: mergeText },
];

for (const { folder, ending, merge } of kinds) {
  const root = join(import.meta.dirname, 'cases', folder);
  describe(`the cases of ${folder}`, () => {
    it.each(readdirSync(root))('%s comes out as expected', (name) => {
      const path = (file: string) => join(root, name, file);
      const read = (file: string) => readFileSync(path(file), 'utf8');
      const options: MergeOptions = existsSync(path('options.json'))
        ? JSON.parse(read('options.json'))
        : { onConflict: 'ours' };
      const result = merge(
        read(`base.${ending}`),
        read(`current.${ending}`),
        read(`incoming.${ending}`),
        options,
      );
      if (result.kind !== 'merged') throw new Error(JSON.stringify(result));
      expect(result.text).toBe(read(`expected.${ending}`));
      expect([result.from, ...result.changes.map(describeChange), ''].join('\n')).toBe(
        read('changes.txt'),
      );
    });
  });
}

function describeChange({ kind, path, from, line }: KeyChange): string {
  const old = from === undefined ? '' : `${from.join(' > ')} => `;
  return `${kind} ${old}${path.join(' > ')}${line === undefined ? '' : ` line ${line}`}`;
}
