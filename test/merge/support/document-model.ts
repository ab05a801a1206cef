/**
 * TOML documents as data that can be edited and written out. Made without the product's parser, so
 * that what it finds in a text can be held against what was put there.
 */

export type TableForm = 'header' | 'inline' | 'dotted' | 'implied';

export interface Leaf {
  kind: 'leaf';
  literal: string;
}
export interface Table {
  kind: 'table';
  form: TableForm;
  children: Child[];
  /** The header comes after those of the tables below it. */
  late: boolean;
}
export interface List {
  kind: 'list';
  elements: Child<Table>[];
}
export interface Note {
  kind: 'note';
  /** Whether a blank line comes after it. */
  apart: boolean;
}
export type Node = Leaf | Table | List | Note;

/** A node with its key and what stands around it. A note has only `lead`, its lines. */
export interface Child<N extends Node = Node> {
  key: string;
  quote: 'bare' | 'basic' | 'literal';
  lead: string[];
  trail?: string | undefined;
  blank: boolean;
  space: string;
  node: N;
}

export interface Model {
  root: Table;
  bom: boolean;
  eol: '\n' | '\r\n' | 'mixed';
  finalNewline: boolean;
}

interface Line {
  readonly text: string;
}

export function write(model: Model): string {
  const lines: Line[] = [];
  writeTable(lines, { node: model.root } as Child<Table>, [], [], false);
  const texts = lines.map((line) => line.text);
  const joined = texts.map((text, n) => text + endOf(model, n, texts.length)).join('');
  return (model.bom ? '\ufeff' : '') + joined;
}

function endOf({ eol, finalNewline }: Model, n: number, count: number): string {
  if (n === count - 1 && !finalNewline) return '';
  if (eol === 'mixed') return n % 3 === 0 ? '\r\n' : '\n';
  return eol;
}

/** @param header the header of this table, where it has one of its own */
function writeTable(
  lines: Line[],
  child: Child<Table>,
  path: readonly string[],
  keys: readonly string[],
  isElement: boolean,
): void {
  const { node } = child;
  const own = () => {
    if (keys.length > 0 && (isElement || node.form === 'header')) {
      writeAbove(lines, child);
      const name = keys.join('.');
      const header = isElement ? `[[${name}]]` : `[${name}]`;
      lines.push({ text: child.trail ? `${header} ${child.trail}` : header });
    }
    if (isElement || keys.length === 0 || node.form === 'header') writeBody(lines, node, []);
  };
  const below = () => writeSections(lines, node, path, keys);
  const late = node.late && !isElement && keys.length > 0;
  if (late) below();
  own();
  if (!late) below();
}

function writeSections(
  lines: Line[],
  table: Table,
  path: readonly string[],
  keys: readonly string[],
): void {
  for (const child of table.children) {
    const { node, key } = child;
    const [names, texts] = [
      [...path, key],
      [...keys, keyText(child)],
    ];
    if (node.kind === 'list') {
      for (const element of node.elements) writeTable(lines, element, names, texts, true);
    } else if (node.kind === 'table') {
      if (node.form === 'header' || node.form === 'implied') {
        writeTable(lines, child as Child<Table>, names, texts, false);
      } else if (node.form === 'dotted') {
        writeSections(lines, node, names, texts);
      }
    }
  }
}

function writeBody(lines: Line[], table: Table, prefix: readonly string[]): void {
  for (const child of table.children) {
    const { node } = child;
    if (node.kind === 'note') {
      if (prefix.length > 0) continue;
      writeAbove(lines, child);
      if (node.apart) lines.push({ text: '' });
    } else if (node.kind === 'leaf' || (node.kind === 'table' && node.form === 'inline')) {
      writeAbove(lines, child);
      const key = [...prefix, keyText(child)].join(child.space === '\t' ? ' . ' : '.');
      const value = literalOf(node);
      const text = `${key}${child.space}=${child.space}${value}`;
      const end = child.trail ? `${text}${child.space || ' '}${child.trail}` : text;
      for (const part of end.split('\n')) lines.push({ text: part });
    } else if (node.kind === 'table' && node.form === 'dotted') {
      writeBody(lines, node, [...prefix, keyText(child)]);
    }
  }
}

function writeAbove(lines: Line[], child: Child): void {
  if (child.blank && lines.length > 0) lines.push({ text: child.space.trim() });
  for (const comment of child.lead) lines.push({ text: comment });
}

function literalOf(node: Leaf | Table): string {
  if (node.kind === 'leaf') return node.literal;
  const pairs = inlinePairs(node, []);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

function inlinePairs(table: Table, prefix: readonly string[]): string[] {
  return table.children.flatMap((child) => {
    const names = [...prefix, keyText(child)];
    if (child.node.kind === 'leaf') return [`${names.join('.')} = ${child.node.literal}`];
    if (child.node.kind !== 'table') return [];
    if (child.node.form === 'dotted') return inlinePairs(child.node, names);
    return [`${names.join('.')} = ${literalOf(child.node)}`];
  });
}

export function keyText({ key, quote }: Child): string {
  if (quote === 'bare' && /^[\w-]+$/.test(key)) return key;
  if (quote === 'literal' && !key.includes("'")) return `'${key}'`;
  return JSON.stringify(key);
}

/** Makes any tree one that TOML can write: forms that contradict each other are corrected. */
export function settle(model: Model): Model {
  settleTable(model.root, 'header');
  model.root.form = 'header';
  return model;
}

function settleTable(table: Table, around: TableForm | 'element'): void {
  const seen = new Set<string>();
  table.children = table.children.filter(({ key, node }) => {
    if (node.kind === 'note') return around === 'header' || around === 'element';
    if (node.kind === 'list' && (node.elements.length === 0 || isPairForm(around))) return false;
    return !seen.has(key) && Boolean(seen.add(key));
  });
  for (const { node } of table.children) {
    if (node.kind === 'list') {
      for (const element of node.elements) {
        element.node.form = 'header';
        settleTable(element.node, 'element');
      }
    }
    if (node.kind !== 'table') continue;
    if (isPairForm(around) && !isPairForm(node.form)) node.form = 'inline';
    settleTable(node, node.form);
    const pairs = node.children.some((child) => isPair(child.node));
    if (node.form === 'dotted' && !pairs) node.form = isPairForm(around) ? 'inline' : 'header';
    if (node.form === 'implied' && (pairs || node.children.length === 0)) node.form = 'header';
    if (node.form === 'implied' && !node.children.some(({ node }) => node.kind !== 'note')) {
      node.form = 'header';
    }
  }
}

function isPairForm(form: TableForm | 'element'): boolean {
  return form === 'inline' || form === 'dotted';
}

function isPair(node: Node): boolean {
  return node.kind === 'leaf' || (node.kind === 'table' && isPairForm(node.form));
}
