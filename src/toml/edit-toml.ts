/** Changes of a single key that leave the rest of a file unchanged. */
import type { Pair, TomlDocument, TomlEntry, TomlPath } from './document.ts';
import { elementsOn, endOfSection, findInToml } from './find.ts';
import { tomlDottedKey } from './literal.ts';
import { parseToml, type TomlFault } from './parse-toml.ts';
import { applyEdits, editInlineTable, insertLines, removeBlocks, type TextEdit } from './splice.ts';

/** The text does not parse, or the key cannot be added. The caller knows the file's name. */
export class TomlEditError extends Error {
  override readonly name = 'TomlEditError';
  readonly fault: TomlFault | undefined;

  constructor(message: string, fault?: TomlFault) {
    super(message);
    this.fault = fault;
  }
}

/**
 * Sets `path` to the value of `literal` (TOML source, see `tomlString`). A missing key is
 * added at the end of its table, a missing table at the end of the file.
 * @throws TomlEditError if the text does not parse, the literal is not a value, or a table or a
 *   value is in the way
 */
export function setTomlValue(text: string, path: TomlPath, literal: string): string {
  if (!isLiteral(literal)) throw new TomlEditError('The new value is not a TOML value');
  const document = readForEdit(text);
  const { node, table, missing } = findInToml(document.root, path);
  if (node && node.kind !== 'entry') {
    throw new TomlEditError(`${tomlDottedKey(path.map(String))} is a table, not a value`);
  }
  const edit = node
    ? { ...node.valueRange, text: literal }
    : insertion(document, table.path, missing, literal);
  const result = applyEdits(text, [edit]);
  const after = parseToml(result);
  if (!after.ok || findInToml(after.document.root, path).missing.length > 0) {
    throw new TomlEditError(`${tomlDottedKey(path.map(String))} cannot be added to this file`);
  }
  return result;
}

/**
 * Removes one key, with the comments directly above and after it. Returns the same text if the
 * key does not exist.
 * @throws TomlEditError if the text does not parse or the path leads to a table
 */
export function unsetTomlKey(text: string, path: TomlPath): string {
  const document = readForEdit(text);
  const { node } = findInToml(document.root, path);
  if (node === undefined) return text;
  if (node.kind !== 'entry') {
    throw new TomlEditError(`${tomlDottedKey(path.map(String))} is a table, not a value`);
  }
  return applyEdits(text, removal(document, node));
}

/** A literal must not add a comment or further lines. */
function isLiteral(literal: string): boolean {
  const text = `v = ${literal}`;
  const parsed = parseToml(text);
  const node = parsed.ok ? parsed.document.root.children.get('v') : undefined;
  if (node?.kind === 'entry') return node.valueRange.end === text.length;
  return (
    node?.kind === 'table' && node.form.kind === 'inline' && node.form.table.end === text.length
  );
}

function readForEdit(text: string): TomlDocument {
  const parsed = parseToml(text);
  if (!parsed.ok) throw new TomlEditError('The text is not valid TOML', parsed.fault);
  return parsed.document;
}

function removal(document: TomlDocument, entry: TomlEntry): TextEdit[] {
  const { container, statement } = entry.pair;
  if (container.kind === 'section') return removeBlocks(document, new Set([statement]));
  return editInlineTable(container, new Set([entry.pair]), []);
}

function insertion(
  document: TomlDocument,
  tablePath: TomlPath,
  missing: readonly string[],
  literal: string,
): TextEdit {
  const { node } = findInToml(document.root, tablePath);
  if (node?.kind !== 'table') throw new TomlEditError('A value exists where a table is needed');
  const { form } = node;
  const prefix = form.kind === 'dotted' ? form.names : [];
  const pairText = (names: readonly string[]) => `${tomlDottedKey(names)} = ${literal}`;
  const container = form.kind === 'dotted' ? form.container : undefined;
  const inline = form.kind === 'inline' ? form.table : container;
  if (inline?.kind === 'inline-table') {
    const after = inline.pairs.at(-1);
    const [edit] = editInlineTable(inline, new Set<Pair>(), [
      { text: pairText([...prefix, ...missing]), ...(after && { after }) },
    ]);
    if (edit) return edit;
  }
  const section = form.kind === 'section' ? form.section : container;
  if (section?.kind === 'section' && (form.kind === 'dotted' || missing.length === 1)) {
    return pairAtEnd(document, section, pairText([...prefix, ...missing]));
  }
  const header = [...tablePath.filter((step) => typeof step === 'string'), ...missing.slice(0, -1)];
  const { eol } = document;
  const lines = `[${tomlDottedKey(header)}]${eol}${pairText(missing.slice(-1))}${eol}`;
  const element = elementsOn(document.root, tablePath).at(-1);
  const last = element && document.sections.findLast(({ elements }) => elements.includes(element));
  const offset = last ? endOfSection(document, last) : document.text.length;
  const blank = document.text.slice(document.start).trim() === '' ? '' : eol;
  return insertLines(document, offset, blank + lines);
}

/** After the last key of a section, or below its header, or below the file's first comment. */
function pairAtEnd(
  document: TomlDocument,
  section: Parameters<typeof endOfSection>[1],
  pair: string,
): TextEdit {
  const { eol } = document;
  const last = section.items.findLast((item) => item.kind === 'statement');
  if (last) return insertLines(document, last.end, `${last.remarks.indent}${pair}${eol}`);
  if (section.header) return insertLines(document, section.header.end, `${pair}${eol}`);
  const offset = endOfSection(document, section);
  const after = document.blocks[section.items.length];
  // Blank lines keep a note above from becoming this key's comment, and separate the next header.
  const before = offset > document.start ? eol : '';
  const behind = after && after.gap === after.start ? eol : '';
  return insertLines(document, offset, `${before}${pair}${eol}${behind}`);
}
