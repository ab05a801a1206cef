import type { CST } from 'yaml';

/** One element of a collection in the token tree: `key: value`, `- value`, or a part of `[a, b]`. */
export type Item = CST.CollectionItem;

export type BlockCollection = CST.BlockMap | CST.BlockSequence;

export function isBlockCollection(token: CST.Token | null | undefined): token is BlockCollection {
  return token?.type === 'block-map' || token?.type === 'block-seq';
}

/** The elements with content. The parser appends another one for comments at the end. */
export function itemsOf(token: CST.BlockMap | CST.BlockSequence | CST.FlowCollection): Item[] {
  return (token.items as Item[]).filter(
    (item) =>
      item.key != null ||
      item.sep !== undefined ||
      item.value != null ||
      item.start.some((token) => token.type === 'seq-item-ind' || isProperty(token)),
  );
}

/** Where an element starts: its key, its dash, or the first token of its value. */
export function itemStart(item: Item): number {
  const dash = item.start.find((token) => token.type === 'seq-item-ind');
  const first = item.key ?? dash ?? item.start.find(isProperty) ?? item.value ?? item.sep?.[0];
  return first?.offset ?? 0;
}

/** The end of the separator between key and value (`:` or `-`); without one, the end of the key. */
export function separatorEnd(item: Item): number {
  const mark = [...item.start, ...(item.sep ?? [])].find(
    (token) => token.type === 'map-value-ind' || token.type === 'seq-item-ind',
  );
  if (mark !== undefined) return mark.offset + mark.source.length;
  return item.key == null ? itemStart(item) : tokenEnd(item.key);
}

/** Anchor and tag of an element's value. */
export function propertiesOf(item: Item): CST.SourceToken[] {
  const before = item.key == null ? item.start : [];
  return [...before, ...(item.sep ?? [])].filter(isProperty);
}

function isProperty(token: CST.SourceToken): boolean {
  return token.type === 'anchor' || token.type === 'tag';
}

export function itemEnd(item: Item): number {
  if (item.value != null) return tokenEnd(item.value);
  const last = propertiesOf(item).at(-1);
  return last === undefined ? separatorEnd(item) : last.offset + last.source.length;
}

/** Where a token's content ends, without any following comment, white space or blank line. */
export function tokenEnd(token: CST.Token): number {
  switch (token.type) {
    case 'block-map':
    case 'block-seq': {
      const last = itemsOf(token).at(-1);
      return last === undefined ? token.offset : itemEnd(last);
    }
    case 'flow-collection': {
      const close = token.end[0];
      return close === undefined ? token.offset : close.offset + close.source.length;
    }
    case 'block-scalar':
      return blockScalarEnd(token);
    default:
      return 'source' in token ? token.offset + token.source.length : token.offset;
  }
}

function blockScalarEnd(token: CST.BlockScalar): number {
  const header = blockScalarHeader(token);
  const start = token.props.reduce(
    (end, prop) => ('source' in prop ? prop.offset + prop.source.length : end),
    token.offset,
  );
  // `|+` keeps the blank lines at the end: they are content.
  if (header.source.includes('+')) return start + token.source.length;
  const content = token.source.trimEnd();
  return content === '' ? header.offset + header.source.length : start + content.length;
}

export function blockScalarHeader(token: CST.BlockScalar): { offset: number; source: string } {
  const header = token.props.find((prop) => prop.type === 'block-scalar-header');
  return header !== undefined && 'source' in header ? header : { offset: token.offset, source: '' };
}
