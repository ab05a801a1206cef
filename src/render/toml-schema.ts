import { placeholdersIn } from '../release/placeholders.ts';
import type { Release } from '../release/release.ts';
import type { TableNode, TomlEntry, TomlNode } from '../toml/document.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { isTomlArray, type TomlValue } from '../toml/value.ts';
import { kindOf, valueData } from '../toml/value-text.ts';

/** JSON Schemas (draft-07, which Taplo and Even Better TOML support) generated from TOML templates. */

type Schema = Readonly<Record<string, unknown>>;

const draft = 'http://json-schema.org/draft-07/schema#';

/**
 * The schema path of a template: its first line is the directive `#:schema PATH`, relative to the file itself
 * (https://taplo.tamasfe.dev/configuration/directives.html). `undefined` if it has no directive.
 * @param path of the template in the template set
 */
export function schemaPath(path: string, template: string): string | undefined {
  const [, relative] = /^#:schema ([\w.-]+(?:\/[\w.-]+)*)\r?\n/.exec(template) ?? [];
  if (relative === undefined || relative.split('/').includes('..')) return undefined;
  return path.replace(/[^/]*$/, '') + relative;
}

/**
 * The schema of a configuration file as text: its keys with type, comment, default and example. Unknown keys are
 * allowed, because an operator may add some.
 * @param path of the template in the template set
 * @returns `undefined` if the template is not valid TOML
 */
export function tomlSchema(
  path: string,
  template: string,
  { values }: Pick<Release, 'values'>,
): string | undefined {
  const parsed = parseToml(template);
  if (!parsed.ok) return undefined;
  const schema = {
    $schema: draft,
    title: path,
    ...tableSchema([parsed.document.root], values),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function nodeSchema(node: TomlNode, values: Release['values']): Schema {
  switch (node.kind) {
    case 'entry':
      return entrySchema(node, values);
    case 'table':
      return tableSchema([node], values);
    case 'list':
      return { type: 'array', items: tableSchema(node.elements, values) };
  }
}

/** The elements of an array of tables share one schema: each may have any key of the others. */
function tableSchema(tables: readonly TableNode[], values: Release['values']): Schema {
  const children = new Map(tables.flatMap(({ children }) => [...children]));
  const comments = tables.flatMap(({ form }) =>
    form.kind === 'section' ? (form.section.header?.remarks.lead ?? []) : [],
  );
  return {
    type: 'object',
    ...described(comments),
    properties: Object.fromEntries(
      [...children].map(([name, node]) => [name, nodeSchema(node, values)]),
    ),
  };
}

function entrySchema({ value, comments }: TomlEntry, values: Release['values']): Schema {
  const [placeholder] = typeof value === 'string' ? placeholdersIn(value) : [];
  const description = value === `{${placeholder}}` ? values[placeholder ?? ''] : undefined;
  const open = JSON.stringify(valueData(value)).includes('{YOUR_');
  const preset = open ? description?.default : valueData(value);
  const examples = comments.flatMap(exampleIn);
  return {
    ...typeSchema(value),
    ...described(comments),
    ...(description?.choices && { enum: description.choices }),
    ...(preset !== undefined && { default: preset }),
    ...(examples.length > 0 && { examples }),
  };
}

const types: ReadonlyMap<string, string> = new Map([
  ['string', 'string'],
  ['integer', 'integer'],
  ['float', 'number'],
  ['boolean', 'boolean'],
  ['array', 'array'],
  ['table', 'object'],
]);

/** JSON has no type for dates and times, so the schema does not restrict them. */
function typeSchema(value: TomlValue): Schema {
  const type = types.get(kindOf(value));
  if (type === undefined) return {};
  if (!isTomlArray(value)) return { type };
  const kinds = new Set(value.map(kindOf));
  const [first] = value;
  return { type, ...(first !== undefined && kinds.size === 1 && { items: typeSchema(first) }) };
}

function described(comments: readonly string[]): { description?: string } {
  const text = comments.map((comment) => comment.replace(/^#+ ?/, '')).join('\n');
  return text === '' ? {} : { description: text };
}

/** The TOML value after "Example:". */
function exampleIn(comment: string): unknown[] {
  const [, literal = ''] = /\bExample: (.+)$/.exec(comment) ?? [];
  const parsed = parseToml(`example = ${literal}`);
  const [entry, ...others] = parsed.ok ? parsed.document.entries : [];
  return entry === undefined || others.length > 0 ? [] : [valueData(entry.value)];
}
