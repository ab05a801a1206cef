import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checks } from '../../src/core/checks/index.ts';
import { valueName } from '../../src/core/placeholders.ts';
import { parseRelease, type ValueDescription } from '../../src/core/release.ts';
import { isMade } from '../../src/core/values.ts';
import { ExitCode, errorTable } from '../../src/errors.ts';

const generated = (from: string) => `<!-- Generated from ${from} by \`npm run docs\`. -->\n`;

/** The generated pages of docs/, by file name. */
export function generatedPages(): Map<string, string> {
  return new Map([
    ['errors.md', errorsPage()],
    ['configuration.md', configurationPage()],
    ['checks.md', checksPage()],
  ]);
}

function checksPage(): string {
  return [
    generated('src/core/checks/'),
    '# Checks',
    '',
    'What `proto-scaffold check` looks at, and in which commands a check stops (**must**) or is only told (told).',
    '`check --profile COMMAND` looks as that command would; `--ignore ID` leaves one out. A requirement that is not',
    "met ends with exit code 3 where it is the host's, and with 5 where it is what you have written.",
    '',
    'Those with "installation" need one; those with "online" are run with `--online` alone: each hands a key to the',
    'service that it belongs to, with one request that changes and costs nothing. Without `--online`, `check` asks ECR and',
    'the registry whether they answer, without any login; `init`, `start` and `update` ask nobody for the sake of a check.',
    '',
    "The AWS CLI and Python are on the vendor's page for its old script; this program needs neither.",
    '',
    '| id | what should be so | check | init | start | update | needs | why | what to do |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...checks.map(({ id, title, severity, inside, online, why, remedy }) => {
      const modes = (['check', 'init', 'start', 'update'] as const).map((mode) =>
        severity[mode] === undefined ? '' : severity[mode] === 'advice' ? 'told' : '**must**',
      );
      const needs = [...(inside ? ['installation'] : []), ...(online ? ['online'] : [])].join(', ');
      const cells = [`\`${id}\``, cell(title), ...modes, needs, cell(why), cell(remedy)];
      return `| ${cells.join(' | ')} |`;
    }),
    '',
    'Some are milder where it is seen that no harm is near: little room on a disk that needs no more, images that Docker',
    'can still pull, values that may differ on purpose.',
    '',
  ].join('\n');
}

const exitCodes: Record<keyof typeof ExitCode, string> = {
  done: 'done',
  bug: 'a bug in the program',
  usage: 'bad input or usage',
  host: 'the host does not meet a requirement',
  registry: 'AWS or the registry refused, or could not be reached',
  decide: 'the operator must decide',
  held: 'another command holds the installation',
  hungUp: 'the terminal or connection went away (SIGHUP), nothing half done',
  interrupted: 'interrupted (SIGINT), nothing half done',
  terminated: 'ended (SIGTERM), nothing half done',
};

function errorsPage(): string {
  const codes = Object.entries(errorTable).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    generated('src/errors.ts'),
    '# Errors',
    '',
    'Every failure has a code that does not change. It stands in brackets behind the message, and as',
    '`error.code` in the JSON of `--json`.',
    '',
    '## Exit codes',
    '',
    '| exit | meaning |',
    '| --- | --- |',
    ...Object.entries(ExitCode).map(
      ([name, code]) => `| ${code} | ${exitCodes[name as keyof typeof ExitCode]} |`,
    ),
    '',
    '## Codes',
    '',
    '| code | exit | when | what to do |',
    '| --- | --- | --- | --- |',
    ...codes.map(
      ([code, { exitCode, meaning, remedy }]) =>
        `| ${code} | ${exitCode} | ${cell(meaning)} | ${cell(remedy)} |`,
    ),
    '',
  ].join('\n');
}

function configurationPage(): string {
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

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
