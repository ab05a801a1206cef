import { type CommandHelp, programHelp } from './command-help.ts';
import { cell, generated } from './markdown.ts';

/** docs/reference/commands.md: every command with its flags and examples. */
export function commandsPage(): string {
  const { about, commonFlags, commands } = programHelp();
  return [
    generated('src/cli/'),
    '# Commands',
    '',
    about,
    '',
    ...commands.map(({ path, about }) => `- [${path}](#${anchor(path)}): ${about}`),
    '',
    '## Flags that most commands have',
    '',
    ...table(
      commonFlags.map(({ flags, about, notIn }) => ({
        flags,
        about: notIn.length === 0 ? about : `${about}; not in ${notIn.join(', ')}`,
      })),
    ),
    '',
    ...commands.flatMap(section),
  ].join('\n');
}

function section({ path, usage, about, flags, remarks, examples }: CommandHelp): string[] {
  return [
    `## ${path}`,
    '',
    `\`proto-scaffold ${path}${usage === '' ? '' : ` ${usage}`}\``,
    '',
    `${about.charAt(0).toUpperCase()}${about.slice(1)}.`,
    '',
    ...(flags.length === 0 ? [] : [...table(flags), '']),
    ...remarks.flatMap((remark) => [remark.replaceAll('<', '&lt;'), '']),
    '```sh',
    ...examples,
    '```',
    '',
  ];
}

function table(flags: readonly { flags: string; about: string }[]): string[] {
  return [
    '| flag | what it does |',
    '| --- | --- |',
    ...flags.map(({ flags, about }) => `| \`${cell(flags)}\` | ${cell(about)} |`),
  ];
}

function anchor(path: string): string {
  return path.replaceAll(' ', '-');
}
