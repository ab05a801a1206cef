import { checks } from '../../src/checks/index.ts';
import { ExitCode, errorTable } from '../../src/errors.ts';
import { commandsPage } from './commands.ts';
import { configurationPage } from './configuration.ts';
import { exitCodes } from './exit-codes.ts';
import { manPage } from './man.ts';
import { cell, generated } from './markdown.ts';
import { schemaFiles } from './schemas.ts';

/** The generated files, by their paths in the project. */
export function generatedPages(): Map<string, string> {
  return new Map([
    ['docs/errors.md', errorsPage()],
    ['docs/configuration.md', configurationPage()],
    ['docs/checks.md', checksPage()],
    ['docs/commands.md', commandsPage()],
    ['docs/proto-scaffold.1', manPage()],
    ...schemaFiles(),
  ]);
}

function checksPage(): string {
  return [
    generated('src/checks/'),
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
