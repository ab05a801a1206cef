import fc from 'fast-check';
import { comment, key, literal, nodes } from './document-arbitrary.ts';
import {
  type Child,
  keyText,
  type Model,
  settle,
  type Table,
  type TableForm,
} from './document-model.ts';

/** One edit of a document; `at` picks the place among all there are. */
type Edit = { readonly at: number } & (
  | { readonly kind: 'set'; readonly literal: string }
  | { readonly kind: 'delete' | 'comment-out' | 'swap' | 'blank' }
  | { readonly kind: 'rename'; readonly key: string }
  | { readonly kind: 'insert' | 'replace'; readonly child: Child; readonly index: number }
  | { readonly kind: 'lead' | 'trail'; readonly comment: string | undefined }
  | { readonly kind: 'form'; readonly form: TableForm }
);

/** Random edits by one hand, whose new comments bear its tag. */
export function edits(tag: string): fc.Arbitrary<readonly Edit[]> {
  const made = nodes(tag);
  const at = fc.nat(50);
  const words = fc.option(comment(tag), { nil: undefined, freq: 3 });
  const child = fc.oneof(made.leaf, made.any, made.note);
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ at, kind: fc.constant('set' as const), literal }) },
    {
      weight: 4,
      arbitrary: fc.record({ at, kind: fc.constant('insert' as const), child, index: fc.nat(5) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        at,
        kind: fc.constant('replace' as const),
        child,
        index: fc.constant(0),
      }),
    },
    { weight: 3, arbitrary: fc.record({ at, kind: fc.constant('delete' as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        at,
        kind: fc.constantFrom('comment-out' as const, 'swap' as const, 'blank' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ at, kind: fc.constant('rename' as const), key }) },
    {
      weight: 3,
      arbitrary: fc.record({
        at,
        kind: fc.constantFrom('lead' as const, 'trail' as const),
        comment: words,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        at,
        kind: fc.constant('form' as const),
        form: fc.constantFrom(
          'header' as const,
          'inline' as const,
          'dotted' as const,
          'implied' as const,
        ),
      }),
    },
  );
  return fc.array(edit, { minLength: 1, maxLength: 8, size: 'max' });
}

export function edited(model: Model, list: readonly Edit[]): Model {
  const copy = structuredClone(model);
  for (const edit of list) apply(copy.root, edit);
  return settle(copy);
}

interface Site {
  readonly parent: { children: Child[] } | { elements: Child<Table>[] };
  readonly child: Child;
}

function apply(root: Table, edit: Edit): void {
  const all = sites(root);
  if (edit.kind === 'insert') {
    const tables = [
      root,
      ...all.flatMap(({ child }) => (child.node.kind === 'table' ? [child.node] : [])),
    ];
    const table = tables[edit.at % tables.length];
    table?.children.splice(
      edit.index % (table.children.length + 1),
      0,
      structuredClone(edit.child),
    );
    return;
  }
  const site = all[edit.at % Math.max(1, all.length)];
  if (!site) return;
  const { child } = site;
  const siblings: Child[] =
    'children' in site.parent ? site.parent.children : (site.parent.elements as Child[]);
  const index = siblings.indexOf(child);
  switch (edit.kind) {
    case 'set':
      if (child.node.kind === 'leaf') child.node.literal = edit.literal;
      return;
    case 'delete':
      siblings.splice(index, 1);
      return;
    case 'comment-out':
      if (child.node.kind !== 'leaf' || child.node.literal.includes('\n')) return;
      child.lead = [...child.lead, `# ${keyText(child)} = ${child.node.literal}`];
      child.node = { kind: 'note', apart: false };
      return;
    case 'swap':
      siblings.splice(index, 1);
      siblings.splice((index + 1) % (siblings.length + 1), 0, child);
      return;
    case 'blank':
      child.blank = !child.blank;
      return;
    case 'rename':
      child.key = edit.key;
      return;
    case 'replace':
      if ('children' in site.parent) child.node = structuredClone(edit.child.node);
      return;
    case 'lead':
      child.lead =
        edit.comment === undefined && child.node.kind !== 'note'
          ? []
          : [...child.lead.slice(1), edit.comment ?? '# none'];
      return;
    case 'trail':
      child.trail = edit.comment;
      return;
    case 'form':
      if (child.node.kind === 'table' && 'children' in site.parent) child.node.form = edit.form;
  }
}

function sites(table: Table): Site[] {
  return table.children.flatMap((child): Site[] => {
    const { node } = child;
    const own = { parent: table, child };
    if (node.kind === 'table') return [own, ...sites(node)];
    if (node.kind !== 'list') return [own];
    return [
      own,
      ...node.elements.flatMap((element): Site[] => [
        { parent: node, child: element },
        ...sites(element.node),
      ]),
    ];
  });
}
