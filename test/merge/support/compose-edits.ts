import fc, { type Arbitrary } from 'fast-check';
import {
  anyValue,
  serviceEntry,
  serviceField,
  uniqueKeys,
  vendorComment,
} from './compose-arbitrary.ts';
import type { Field, Value } from './compose-model.ts';

/** One random change to a file; `at` chooses among all its fields, modulo their number. */
export type Edit =
  | { readonly kind: 'value'; readonly at: number; readonly value: Value }
  | { readonly kind: 'delete'; readonly at: number }
  | { readonly kind: 'add'; readonly at: number; readonly field: Field }
  | { readonly kind: 'comment'; readonly at: number; readonly where: Where; readonly text: string }
  | { readonly kind: 'uncomment'; readonly at: number }
  | { readonly kind: 'swap'; readonly at: number }
  | { readonly kind: 'restyle'; readonly at: number };

type Where = 'head' | 'trail' | 'item';

const at = fc.nat(200);

const valueEdits: Arbitrary<Edit>[] = [
  fc.record({ kind: fc.constant('value' as const), at, value: anyValue }),
  fc.record({ kind: fc.constant('delete' as const), at }),
  fc.record({ kind: fc.constant('add' as const), at, field: fc.oneof(serviceField, serviceEntry) }),
];

const where = fc.constantFrom<Where>('head', 'trail', 'item');

export const vendorEdit: Arbitrary<Edit> = fc.oneof(
  ...valueEdits,
  fc.record({ kind: fc.constant('comment' as const), at, where, text: vendorComment }),
  fc.record({ kind: fc.constant('uncomment' as const), at }),
  fc.record({ kind: fc.constant('swap' as const), at }),
);

/** The operator's changes to values and order; none to comments. */
export const operatorValueEdit: Arbitrary<Edit> = fc.oneof(
  ...valueEdits,
  fc.record({ kind: fc.constant('swap' as const), at }),
  fc.record({ kind: fc.constant('restyle' as const), at }),
);

/** As these, but without any comments in what is new, so that all comments there are, are the vendor's. */
export const operatorSilentEdit: Arbitrary<Edit> = operatorValueEdit.map((edit) =>
  reworded(edit, () => undefined),
);

/** The vendor's changes, in which new comments can be told from those that were there. */
export const vendorFreshEdit: Arbitrary<Edit> = vendorEdit.map((edit) =>
  reworded(edit, (comment) => `${comment} new`),
);

type Reword = (comment: string) => string | undefined;

function reworded(edit: Edit, words: Reword): Edit {
  if (edit.kind === 'value') return { ...edit, value: rewordedValue(edit.value, words) };
  if (edit.kind === 'add') return { ...edit, field: rewordedField(edit.field, words) };
  return edit.kind === 'comment' ? { ...edit, text: words(edit.text) ?? edit.text } : edit;
}

function rewordedValue(value: Value, words: Reword): Value {
  if (value.kind === 'map') {
    return { ...value, fields: value.fields.map((field) => rewordedField(field, words)) };
  }
  if (value.kind !== 'seq') return value;
  const items = value.items.map((item) => ({
    value: rewordedValue(item.value, words),
    ...rewordedComments(item, words),
  }));
  return { ...value, items };
}

function rewordedField(field: Field, words: Reword): Field {
  const { key, value, blankBefore } = field;
  return {
    key,
    value: rewordedValue(value, words),
    blankBefore,
    ...rewordedComments(field, words),
  };
}

function rewordedComments(
  { head, trail: old }: Pick<Field, 'head' | 'trail'>,
  words: Reword,
): Pick<Field, 'head' | 'trail'> {
  const trail = old === undefined ? undefined : words(old);
  const said = head.flatMap((comment) => words(comment) ?? []);
  return trail === undefined ? { head: said } : { head: said, trail };
}

/** Numbered, so that each is the operator's own and can be found again. */
export const operatorComment: Arbitrary<Edit> = fc.record({
  kind: fc.constant('comment' as const),
  at,
  where,
  text: fc.nat(1e6).map((n) => `# op ${n}`),
});

export const operatorEdit: Arbitrary<Edit> = fc.oneof(operatorValueEdit, operatorComment);

/** Lines that the operator put in anywhere: comments at any column, behind tabs, blank lines. */
export const noise = fc.array(
  fc.record({
    at,
    text: fc.oneof(
      fc
        .tuple(fc.constantFrom('', ' ', '  ', '      ', '\t', ' \t '), fc.nat(1e6))
        .map(([white, n]) => `${white}# op ${n}`),
      fc.constantFrom('', '   '),
    ),
  }),
  { maxLength: 5 },
);

export function addLines(text: string, lines: readonly { at: number; text: string }[]): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const all = text.split(end);
  // Never before the first line, which may start with a byte order mark.
  for (const line of lines) all.splice(1 + (line.at % all.length), 0, line.text);
  return all.join(end);
}

/** What can happen to the anchor of a file as a whole. */
export const anchorEdit = fc.constantFrom('none', 'rename', 'inline', 'last', 'redefine' as const);
export type AnchorEdit = typeof anchorEdit extends Arbitrary<infer T> ? T : never;

export function applyAnchorEdit(fields: readonly Field[], edit: AnchorEdit): Field[] {
  const [anchored, ...rest] = fields;
  if (anchored?.value.kind !== 'map' || edit === 'none') return [...fields];
  const { value } = anchored;
  const named = (key: string, anchor: string): Field => ({
    ...anchored,
    key,
    value: { ...value, anchor },
  });
  const withoutAliases = rest.map((field) => ({
    ...field,
    value: replaceAlias(field.value, undefined),
  }));
  switch (edit) {
    case 'rename': {
      const aliased = rest.map((field) => ({
        ...field,
        value: replaceAlias(field.value, 'renamed'),
      }));
      return [named('x-common', 'renamed'), ...aliased];
    }
    case 'inline':
      return withoutAliases;
    case 'last':
      return [...withoutAliases, anchored];
    case 'redefine':
      return [anchored, named('x-own', 'common'), ...rest];
  }
}

/** Points every alias to another anchor, or leaves it out. */
function replaceAlias(value: Value, name: string | undefined): Value {
  if (value.kind !== 'map') return value;
  const fields = value.fields
    .filter((field) => name !== undefined || field.value.kind !== 'alias')
    .map((field) => ({
      ...field,
      value:
        field.value.kind === 'alias' && name !== undefined
          ? { kind: 'alias' as const, name }
          : replaceAlias(field.value, name),
    }));
  return { ...value, fields };
}

export function applyEdits(fields: readonly Field[], edits: readonly Edit[]): Field[] {
  return edits.reduce<Field[]>(applyEdit, [...fields]);
}

/** Edits never touch the anchor's own field, so that aliases keep their meaning. */
function applyEdit(fields: Field[], edit: Edit): Field[] {
  const count = countFields(fields);
  if (count === 0) return fields;
  const target = edit.at % count;
  let seen = -1;
  return visit(fields, false);

  function visit(all: readonly Field[], inFlow: boolean): Field[] {
    const result: Field[] = [];
    for (const field of all) {
      seen += 1;
      if (seen === target && !isAnchored(field)) {
        result.push(...change(field, inFlow));
        if (edit.kind === 'swap' && result.length > 1) {
          const moved = result.pop() as Field;
          if (isAnchored(result[0] as Field) && result.length === 1) result.push(moved);
          else result.splice(-1, 0, moved);
        }
        seen += countFields([field]) - 1;
        continue;
      }
      const { value } = field;
      result.push(
        value.kind === 'map'
          ? { ...field, value: { ...value, fields: visit(value.fields, inFlow || value.flow) } }
          : field,
      );
    }
    return uniqueKeys(result);
  }

  function change(field: Field, inFlow: boolean): Field[] {
    switch (edit.kind) {
      case 'value':
        return [{ ...field, value: edit.value }];
      case 'delete':
        return [];
      case 'add': {
        const { value } = field;
        if (value.kind !== 'map')
          return [field, inFlow ? { ...edit.field, head: [], blankBefore: false } : edit.field];
        return [
          { ...field, value: { ...value, fields: uniqueKeys([...value.fields, edit.field]) } },
        ];
      }
      case 'comment':
        return [inFlow ? field : commented(field, edit.where, edit.text)];
      case 'uncomment': {
        const { trail: _, ...rest } = field;
        return [{ ...rest, head: [] }];
      }
      case 'restyle': {
        const { value } = field;
        if (value.kind !== 'map' && value.kind !== 'seq') return [field];
        // What is written on one line has no room for comments.
        return [
          { ...field, value: { ...value, flow: hasComments(value) ? value.flow : !value.flow } },
        ];
      }
      case 'swap':
        return [field];
    }
  }
}

function commented(field: Field, where: Where, text: string): Field {
  const { value } = field;
  if (where === 'item' && value.kind === 'seq' && !value.flow) {
    const [first, ...rest] = value.items;
    if (first !== undefined) {
      return { ...field, value: { ...value, items: [{ ...first, trail: text }, ...rest] } };
    }
  }
  return where === 'trail' ? { ...field, trail: text } : { ...field, head: [...field.head, text] };
}

function hasComments(value: Value): boolean {
  if (value.kind === 'map') {
    return value.fields.some(
      (field) => field.head.length > 0 || field.trail !== undefined || hasComments(field.value),
    );
  }
  if (value.kind !== 'seq') return false;
  return value.items.some((item) => item.head.length > 0 || item.trail !== undefined);
}

function isAnchored({ value }: Field): boolean {
  return value.kind === 'map' && value.anchor !== undefined;
}

function countFields(fields: readonly Field[]): number {
  return fields.reduce(
    (sum, { value }) => sum + 1 + (value.kind === 'map' ? countFields(value.fields) : 0),
    0,
  );
}
