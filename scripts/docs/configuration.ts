import { valueName } from '../../src/release/placeholders.ts';
import { formOf, type Release, type ValueDescription } from '../../src/release/release.ts';
import { addressForm } from '../../src/render/toml-schema.ts';
import { tomlDottedKey } from '../../src/toml/literal.ts';
import { parseToml } from '../../src/toml/parse-toml.ts';
import type { TomlValue } from '../../src/toml/value.ts';
import { type FormDetails, formWords } from '../../src/values/forms.ts';
import { isMade } from '../../src/values/values.ts';
import { cell, generated } from './markdown.ts';
import { ownTemplateSet } from './template-set.ts';

export function configurationPage(): string {
  const { release, files } = ownTemplateSet();
  const { values } = release;
  return [
    generated('templates/'),
    '# Configuration',
    '',
    'The values that `init` asks for, then [every parameter](#parameters) of every file.',
    '',
    '## Values',
    '',
    'Pass values to `init` in a file (`proto-scaffold init --values FILE`; TOML or JSON, flat:',
    '`url = "chat.example-bank.com"`), answer the questions on a terminal, or set them later. A value that you do not set',
    'stays in `backend/config/*.toml` as its placeholder. A mandatory value must be set before `start`.',
    '',
    '| value | placeholder | what it is | mandatory | example |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(values)
      .filter(([, value]) => !isMade(value))
      .map(([name, value]) =>
        [
          '',
          `\`${valueName(name)}\``,
          `\`{${name}}\``,
          cell(value.about),
          mandatory(value),
          example(value),
          '',
        ]
          .join(' | ')
          .trim(),
      ),
    '',
    'The program generates the following secrets at `init`, 256 random bits each. An update never changes them.',
    '`proto-scaffold config rotate KEY` generates a new one and writes it to every file that has it.',
    '',
    '| placeholder | what it is | effect of a rotation |',
    '| --- | --- | --- |',
    ...Object.entries(values)
      .filter(([, { random }]) => random)
      .map(
        ([name, { about, rotation }]) =>
          `| \`{${name}}\` | ${cell(about)} | ${cell(rotation?.means ?? '')} |`,
      ),
    '',
    'With hybrid hosting and no certificate of yours, `init` creates these with openssl: a CA that is valid for 10 years,',
    'and a certificate that is valid for 825 days. `proto-scaffold certificate --renew` issues a new certificate.',
    '',
    ...Object.entries(values)
      .filter(([, { made }]) => made !== undefined)
      .map(([name, { about }]) => `- \`{${name}}\`: ${about}`),
    '',
    '## Parameters',
    '',
    'Edit a parameter in its file, or run `proto-scaffold config set KEY` to set it in every file that has it. An update',
    'keeps your changes. `{YOUR_…}` stands for a value from the table above.',
    '',
    'An editor with JSON Schema support for TOML (Taplo, Even Better TOML) completes keys and reports wrong types. The',
    'first line of each file names its schema, `.NAME.schema.json` in the same folder.',
    '',
    ...[...files]
      .filter(([path]) => path.endsWith('.toml'))
      .flatMap(([path, text]) => parameters(path, text, release)),
  ].join('\n');
}

/** The keys of one template, described by its comments. */
function parameters(path: string, text: string, release: Release): string[] {
  const parsed = parseToml(text);
  if (!parsed.ok) throw new Error(`${path}: ${parsed.fault.message}`);
  return [
    `### ${path}`,
    '',
    '| key | default | allowed | what it is |',
    '| --- | --- | --- | --- |',
    ...parsed.document.entries.map(({ path: key, value, comments, valueRange }) => {
      const literal = text.slice(valueRange.start, valueRange.end);
      const about = comments.map((comment) => comment.replace(/^#+ ?/, '')).join(' ');
      const allowed = cell(
        allowedWords(formOf(release, key) ?? whole(value, release) ?? addressForm(value)),
      );
      return `| \`${tomlDottedKey(key.map(String))}\` | \`${cell(literal)}\` | ${allowed} | ${cell(about)} |`;
    }),
    '',
  ];
}

/** The description of a placeholder that is the whole value. */
function whole(value: TomlValue, { values }: Release): ValueDescription | undefined {
  const [, name = ''] = typeof value === 'string' ? (/^\{(\w+)\}$/.exec(value) ?? []) : [];
  return values[name];
}

function allowedWords(form: FormDetails | ValueDescription | undefined): string {
  if (form === undefined) return '';
  const begin =
    'begins_with' in form && form.begins_with && `usually begins with ${form.begins_with}`;
  return formWords({ ...form, example: undefined }) ?? (begin || '');
}

function mandatory(value: ValueDescription): string {
  const [kind, ...others] = value.hosting;
  return others.length > 0 ? need(value) : `${need(value)} (${kind})`;
}

function need({ mandatory, when, default: preset }: ValueDescription): string {
  if (preset !== undefined) return `no: \`${preset}\``;
  const conditions = Object.entries(when).map(
    ([name, wanted]) => `${valueName(name)} = "${wanted}"`,
  );
  if (!mandatory) return 'no';
  return conditions.length === 0 ? 'yes' : `with \`${conditions.join('`, `')}\``;
}

function example({ example, choices }: ValueDescription): string {
  const shown = choices ?? (example === undefined ? [] : [example]);
  return shown.map((text) => `\`${text}\``).join(' or ');
}
