import { valueName } from '../../src/release/placeholders.ts';
import type { ValueDescription } from '../../src/release/release.ts';
import { tomlDottedKey } from '../../src/toml/literal.ts';
import { parseToml } from '../../src/toml/parse-toml.ts';
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
    'First what `init` asks for, then [every parameter](#parameters) of every file.',
    '',
    '## Values',
    '',
    'What an installation needs to know from you. Give it in a file (`proto-scaffold init --values FILE`,',
    'TOML or JSON, flat: `url = "chat.example-bank.com"`), or answer the questions on a terminal, or fill',
    'it in later: what is not given stays in `backend/config/*.toml` as its placeholder.',
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
    'Made by the program at `init`, 256 random bits each, and never changed by an update. `proto-scaffold config rotate KEY`',
    'makes one anew, in all files that have it:',
    '',
    '| placeholder | what it is | what a new one means |',
    '| --- | --- | --- |',
    ...Object.entries(values)
      .filter(([, { random }]) => random)
      .map(
        ([name, { about, rotation }]) =>
          `| \`{${name}}\` | ${cell(about)} | ${cell(rotation?.means ?? '')} |`,
      ),
    '',
    'Made with hybrid hosting where no certificate is given, by openssl: a CA for 10 years, and by it a certificate for',
    '825 days, which `proto-scaffold certificate --renew` makes anew:',
    '',
    ...Object.entries(values)
      .filter(([, { made }]) => made !== undefined)
      .map(([name, { about }]) => `- \`{${name}}\`: ${about}`),
    '',
    '## Parameters',
    '',
    'Change one in its file, or with `proto-scaffold config set KEY` in all files that have it. An update keeps what you',
    'changed. An editor that knows JSON Schema for TOML (Taplo, Even Better TOML) completes keys and tells of wrong types:',
    'the first line of each file names its schema, which lies beside it as `.NAME.schema.json`. `{YOUR_…}` stands for a value above.',
    '',
    ...[...files]
      .filter(([path]) => path.endsWith('.toml'))
      .flatMap(([path, text]) => parameters(path, text)),
  ].join('\n');
}

/** The keys of one template, by its own comments. */
function parameters(path: string, text: string): string[] {
  const parsed = parseToml(text);
  if (!parsed.ok) throw new Error(`${path}: ${parsed.fault.message}`);
  return [
    `### ${path}`,
    '',
    '| key | default | what it is |',
    '| --- | --- | --- |',
    ...parsed.document.entries.map(({ path: key, comments, valueRange }) => {
      const literal = text.slice(valueRange.start, valueRange.end);
      const about = comments.map((comment) => comment.replace(/^#+ ?/, '')).join(' ');
      return `| \`${tomlDottedKey(key.map(String))}\` | \`${cell(literal)}\` | ${cell(about)} |`;
    }),
    '',
  ];
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
