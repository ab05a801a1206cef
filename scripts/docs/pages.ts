import { checks } from '../../src/checks/index.ts';
import { ExitCode, errorTable } from '../../src/errors.ts';
import { commandsPage } from './commands.ts';
import { configurationPage } from './configuration.ts';
import { domainsPicture } from './domains.ts';
import { exitCodes } from './exit-codes.ts';
import { manPage } from './man.ts';
import { cell, generated } from './markdown.ts';
import { schemaFiles } from './schemas.ts';

/** The generated files, by their paths in the project. */
export function generatedPages(): Map<string, string> {
  return new Map([
    ['docs/reference/errors.md', errorsPage()],
    ['docs/reference/configuration.md', configurationPage()],
    ['docs/reference/checks.md', checksPage()],
    ['docs/reference/commands.md', commandsPage()],
    ['docs/proto-scaffold.1', manPage()],
    ['docs/pictures/domains.svg', domainsPicture()],
    ...schemaFiles(),
  ]);
}

function checksPage(): string {
  return [
    generated('src/checks/'),
    '# Checks',
    '',
    'What `proto-scaffold check` verifies. The columns `check`, `init`, `start` and `update` say what a failed check does in',
    'that command: **must** stops it, "notice" prints a notice, and an empty cell means that the command skips the check.',
    '`check --profile COMMAND` runs the checks of another command. `--ignore ID` skips one check. To accept a finding for good, name it in `proto.toml` with the reason, which `check` and `status` then show:',
    '',
    '```toml',
    '[ignore]',
    'memory = "a small host for tests"',
    '```',
    '',
    'A failed requirement ends with exit code 3 if the cause is the host, and with 5 if the cause is a value or file of yours.',
    '',
    'Checks that need "installation" run only where an installation exists. Checks that need "online" run only with',
    '`--online`: each sends a key to the service it belongs to, in one request that changes nothing and costs nothing.',
    'Without `--online`, `check` connects to ECR and to the registry without a login. The checks at the start of `init`,',
    '`start` and `update` contact no server.',
    '',
    "The vendor's page also lists the AWS CLI and Python. They were for the old script. proto-scaffold does not need them.",
    '',
    '| id | what must hold | check | init | start | update | needs | why | what to do |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...checks.map(({ id, title, severity, inside, online, why, remedy }) => {
      const modes = (['check', 'init', 'start', 'update'] as const).map((mode) =>
        severity[mode] === undefined ? '' : severity[mode] === 'advice' ? 'notice' : '**must**',
      );
      const needs = [...(inside ? ['installation'] : []), ...(online ? ['online'] : [])].join(', ');
      const cells = [`\`${id}\``, cell(title), ...modes, needs, cell(why), cell(remedy)];
      return `| ${cells.join(' | ')} |`;
    }),
    '',
    'Some requirements become notices when nothing is at risk: a full disk that needs no more space, images that Docker can',
    'still pull, and values that may differ on purpose.',
    '',
  ].join('\n');
}

function errorsPage(): string {
  const codes = Object.entries(errorTable).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    generated('src/errors.ts'),
    '# Errors',
    '',
    'Every failure has a stable code. The program prints it in brackets after the message, and `--json` has it as',
    '`error.code`.',
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
