import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { valueName } from '../../src/core/placeholders.ts';
import { parseRelease, type ValueDescription } from '../../src/core/release.ts';
import { isMade } from '../../src/core/values.ts';
import { cell, generated } from './markdown.ts';

export function configurationPage(): string {
  const path = fileURLToPath(new URL('../../templates/release.yml', import.meta.url));
  const { values } = parseRelease(readFileSync(path, 'utf8'));
  return [
    generated('templates/release.yml'),
    '# Values',
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
    'Made by the program at `init`, 256 random bits each, and never changed by an update:',
    '',
    ...Object.entries(values)
      .filter(([, { random }]) => random)
      .map(([name, { about }]) => `- \`{${name}}\`: ${about}`),
    '',
    'Made with hybrid hosting where no certificate is given, by openssl: a CA for 10 years, and by it a certificate for',
    '825 days, which `proto-scaffold certificate --renew` makes anew:',
    '',
    ...Object.entries(values)
      .filter(([, { made }]) => made !== undefined)
      .map(([name, { about }]) => `- \`{${name}}\`: ${about}`),
    '',
  ].join('\n');
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
