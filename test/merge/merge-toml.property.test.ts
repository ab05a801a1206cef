import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeToml } from '../../src/merge/merge-toml.ts';
import type { OnConflict } from '../../src/merge/result.ts';
import { model } from './support/document-arbitrary.ts';
import { edited, edits } from './support/document-edits.ts';
import { write } from './support/document-model.ts';
import { expectPromisesKept } from './support/promises.ts';
import { runs, timeout } from './support/runs.ts';

const onConflict = fc.constantFrom<OnConflict>('ours', 'theirs', 'stop');

const triple = fc
  .record({
    model,
    operator: edits('op'),
    vendor: edits('vendor'),
    eol: fc.constantFrom('\n' as const, '\n' as const, '\r\n' as const, 'mixed' as const),
    finalNewline: fc.boolean(),
    onConflict,
  })
  .map(({ model, operator, vendor, eol, finalNewline, onConflict }) => ({
    base: write(edited(model, [])),
    current: write({ ...edited(model, operator), eol, finalNewline }),
    incoming: write(edited(model, vendor)),
    onConflict,
  }));

test(
  'a file that no one touched becomes the new one, one that the vendor left stays, to the byte',
  () => {
    fc.assert(
      fc.property(triple, ({ base, current, incoming, onConflict }) => {
        expect(mergeToml(base, base, incoming, { onConflict })).toMatchObject({ text: incoming });
        expect(mergeToml(base, current, base, { onConflict })).toMatchObject({ text: current });
        expect(mergeToml(base, current, current, { onConflict })).toMatchObject({ text: current });
      }),
      runs,
    );
  },
  timeout,
);

test(
  'every merge keeps what the operator wrote and takes what the vendor changed',
  () => {
    fc.assert(
      fc.property(triple, (texts) => {
        const { base, current, incoming, onConflict } = texts;
        expectPromisesKept(texts, mergeToml(base, current, incoming, { onConflict }));
      }),
      runs,
    );
  },
  timeout,
);

test(
  'merging again changes nothing',
  () => {
    fc.assert(
      fc.property(triple, ({ base, current, incoming, onConflict }) => {
        const first = mergeToml(base, current, incoming, { onConflict });
        if (first.kind !== 'merged') throw new Error(`not merged: ${JSON.stringify(first)}`);
        const again = mergeToml(incoming, first.text, incoming, { onConflict });
        expect(again).toMatchObject({ text: first.text });
      }),
      runs,
    );
  },
  timeout,
);
