import TOML from '@iarna/toml';
import { type AST, traverseNodes } from 'toml-eslint-parser';
import { UserError } from '../errors.ts';
import { lineIndex } from '../lib/text/line-index.ts';
import { fill, placeholdersIn } from '../release/placeholders.ts';
import type { KnownToml } from '../release/release.ts';
import { tomlDottedKey, tomlString } from '../toml/literal.ts';
import { parseToml, type TomlFault, tomlTree } from '../toml/parse-toml.ts';
import { isTomlArray, isTomlInlineValue, type TomlValue } from '../toml/value.ts';
import { kindOf } from '../toml/value-text.ts';

/** @throws UserError TEMPLATES_INVALID if the template is not valid TOML */
export function knowToml(template: string, path: string): KnownToml {
  const strings = stringValues(template, path)
    .filter(({ value }) => placeholdersIn(value).length > 0)
    .map((node) => ({ range: node.range, key: keyOf(node), value: node.value }));
  return { strings, structure: structureOf(template) };
}

export interface RenderedToml {
  readonly text: string;
  /** The placeholders in it, as `unsetInToml` would find them. */
  readonly open: readonly UnsetPlaceholder[];
}

/**
 * Fills the placeholders in the string values of a TOML template. Keys, comments and everything
 * else keep their bytes. A filled string is rewritten as a basic string, so that no value
 * can change the document's structure.
 * @param valueFor the value of a placeholder, or `undefined` to keep the placeholder
 * @throws UserError TEMPLATES_INVALID if the template is not valid TOML
 */
export function renderToml(
  template: string,
  path: string,
  valueFor: (name: string, key: readonly string[]) => string | undefined,
  known = knowToml(template, path),
): RenderedToml {
  const open: (Omit<UnsetPlaceholder, 'line'> & { readonly at: number })[] = [];
  let text = '';
  let done = 0;
  for (const { range, key, value } of known.strings) {
    const filled = fill(value, (name) => valueFor(name, key));
    text += template.slice(done, range[0]);
    for (const placeholder of placeholdersIn(filled)) {
      open.push({ placeholder, file: path, at: text.length, key: tomlDottedKey(key) });
    }
    text += filled === value ? template.slice(...range) : tomlString(filled);
    done = range[1];
  }
  text += template.slice(done);
  // Verifies this module's guarantee with a second, independent parser.
  if (text !== template && structureOf(text) !== known.structure) {
    throw new Error(`rendering ${path} changed the document's structure`);
  }
  const positionOf = lineIndex(text);
  return { text, open: open.map(({ at, ...rest }) => ({ ...rest, line: positionOf(at).line })) };
}

/** A placeholder in a rendered file, which the operator still has to set. */
export interface UnsetPlaceholder {
  readonly placeholder: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Dotted, as accepted by `config set`. */
  readonly key: string;
}

/** The placeholders in a TOML text. @throws UserError TEMPLATES_INVALID if it is not valid TOML */
export function unsetInToml(text: string, file: string): UnsetPlaceholder[] {
  return stringValues(text, file).flatMap((node) =>
    placeholdersIn(node.value).map((placeholder) => ({
      placeholder,
      file,
      line: node.loc.start.line,
      key: tomlDottedKey(keyOf(node)),
    })),
  );
}

function stringValues(text: string, path: string): AST.TOMLStringValue[] {
  const parsed = parseToml(text);
  if (!parsed.ok) throw unsound(path, parsed.fault);
  const found: AST.TOMLStringValue[] = [];
  traverseNodes(tomlTree(text), {
    enterNode(node) {
      if (node.type === 'TOMLValue' && node.kind === 'string') found.push(node);
    },
    leaveNode() {},
  });
  return found;
}

function keyOf(node: AST.TOMLNode): string[] {
  const parts: string[] = [];
  for (let at: AST.TOMLNode | null | undefined = node; at; at = at.parent) {
    if (at.type === 'TOMLTable') parts.unshift(...at.resolvedKey.map(String));
    if (at.type === 'TOMLKeyValue') {
      parts.unshift(...at.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value)));
    }
  }
  return parts;
}

/**
 * The keys and types of a TOML text, as JSON: from a second parser, or from ours where the second one does not know all of
 * TOML 1.0 (@iarna/toml 2.2.5 rejects `[1, "x"]`).
 */
function structureOf(text: string): string {
  try {
    return JSON.stringify(shape(TOML.parse(text.replace(/^\ufeff/, ''))));
  } catch {
    const parsed = parseToml(text);
    const entries = parsed.ok ? parsed.document.entries : [];
    return JSON.stringify(entries.map(({ path, value }) => [path, shapeOfValue(value)]));
  }
}

function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null || 'toISOString' in value) return typeof value;
  return Object.entries(value).map(([key, inner]) => [key, shape(inner)]);
}

function shapeOfValue(value: TomlValue): unknown {
  if (typeof value === 'object' && isTomlArray(value)) return value.map(shapeOfValue);
  if (typeof value !== 'object' || !isTomlInlineValue(value)) return kindOf(value);
  return [...value].map(([key, inner]) => [key, shapeOfValue(inner)]);
}

function unsound(file: string, { line, column, message }: TomlFault): UserError {
  return new UserError('TEMPLATES_INVALID', `The template ${file} is not valid TOML.`, {
    faults: [{ file, line, column, message }],
  });
}
