import { placeholdersIn } from '../release/placeholders.ts';
import { formOf, type Release } from '../release/release.ts';
import type { TableNode, TomlEntry, TomlNode } from '../toml/document.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { isTomlArray, type TomlValue } from '../toml/value.ts';
import { kindOf, stringsIn, valueData } from '../toml/value-text.ts';
import { type FormDetails, formSchema } from '../values/forms.ts';

/** JSON Schemas (draft-07, which Taplo and Even Better TOML support) generated from TOML templates. */

type Schema = Readonly<Record<string, unknown>>;

/** What a release says about values. */
type Described = Pick<Release, 'values'> & Partial<Pick<Release, 'parameters'>>;

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
export function tomlSchema(path: string, template: string, release: Described): string | undefined {
  const parsed = parseToml(template);
  if (!parsed.ok) return undefined;
  const schema = {
    $schema: draft,
    title: path,
    ...tableSchema([parsed.document.root], release),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function nodeSchema(node: TomlNode, release: Described): Schema {
  switch (node.kind) {
    case 'entry':
      return entrySchema(node, release);
    case 'table':
      return tableSchema([node], release);
    case 'list':
      return { type: 'array', items: tableSchema(node.elements, release) };
  }
}

/** The elements of an array of tables share one schema: each may have any key of the others. */
function tableSchema(tables: readonly TableNode[], release: Described): Schema {
  const children = new Map(tables.flatMap(({ children }) => [...children]));
  const comments = tables.flatMap(({ form }) =>
    form.kind === 'section' ? (form.section.header?.remarks.lead ?? []) : [],
  );
  return {
    type: 'object',
    ...described(comments),
    properties: Object.fromEntries(
      [...children].map(([name, node]) => [name, nodeSchema(node, release)]),
    ),
  };
}

function entrySchema({ path, value, comments }: TomlEntry, release: Described): Schema {
  const [placeholder] = typeof value === 'string' ? placeholdersIn(value) : [];
  const description = value === `{${placeholder}}` ? release.values[placeholder ?? ''] : undefined;
  const form = description ?? formOf(release, path) ?? addressForm(value);
  const open = JSON.stringify(valueData(value)).includes('{YOUR_');
  const preset = open ? description?.default : valueData(value);
  const examples = comments.flatMap(exampleIn);
  return {
    ...typeSchema(value, form && formSchema(form)),
    ...described(comments),
    ...(preset !== undefined && { default: preset }),
    ...(examples.length > 0 && { examples }),
  };
}

/** A template such as `https://{YOUR_URL}/api` is an address, whatever the operator makes of it. */
export function addressForm(value: TomlValue): FormDetails | undefined {
  const isAddress = stringsIn(value).some((text) => /^https?:\/\/\{YOUR_/.test(text));
  return isAddress ? { form: 'url' } : undefined;
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
function typeSchema(value: TomlValue, form: Schema = {}): Schema {
  const type = types.get(kindOf(value));
  if (type === undefined) return {};
  if (!isTomlArray(value)) return { type, ...form };
  const kinds = new Set(value.map(kindOf));
  const [first] = value;
  return {
    type,
    ...(first !== undefined && kinds.size === 1 && { items: typeSchema(first, form) }),
  };
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
