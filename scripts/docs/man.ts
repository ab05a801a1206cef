import { ExitCode } from '../../src/errors.ts';
import { type CommandHelp, type FlagHelp, programHelp } from './command-help.ts';
import { exitCodes } from './exit-codes.ts';

/** The man page, in the macros of man(7). Without date and version, so that a release does not change it. */
export function manPage(): string {
  const { about, commonFlags, commands } = programHelp();
  return [
    '.\\" Generated from src/cli/ by `npm run docs`.',
    '.TH PROTO\\-SCAFFOLD 1 "" "proto\\-scaffold" "User Commands"',
    '.SH NAME',
    `proto\\-scaffold \\- ${text(about.replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    '.B proto\\-scaffold',
    '.I command',
    '.RI [ flags ]',
    '.RI [ arguments ]',
    '.SH DESCRIPTION',
    filled(`${about} ${description}`),
    '.SH FLAGS',
    'Most commands have these flags.',
    ...commonFlags.flatMap(({ notIn, ...flag }) =>
      entry({
        ...flag,
        about: notIn.length === 0 ? flag.about : `${flag.about}; not in ${notIn.join(', ')}`,
      }),
    ),
    '.SH COMMANDS',
    ...commands.flatMap(section),
    '.SH EXIT STATUS',
    ...Object.entries(ExitCode).flatMap(([name, code]) =>
      entry({ flags: String(code), about: exitCodes[name as keyof typeof ExitCode] }),
    ),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([flags, about]) => entry({ flags, about })),
    '.SH SEE ALSO',
    '.BR docker (1),',
    '.BR nginx (8),',
    '.BR psql (1)',
    '',
  ].join('\n');
}

const description =
  "It creates an installation from the vendor's credentials, updates it without losing your edits, and covers the daily work of operating the platform.";

const environment: readonly [string, string][] = [
  [
    'HTTPS_PROXY, NO_PROXY',
    'the web proxy to use for ECR and the registry, and the hosts to reach without it',
  ],
  ['NODE_EXTRA_CA_CERTS', 'a PEM file with additional CAs to trust, such as the CA of a web proxy'],
  ['DOCKER_CONFIG', "the folder of Docker's config.json, if it is not ~/.docker"],
  ['AWS_ENDPOINT_URL_ECR, AWS_ENDPOINT_URL', 'the endpoint of ECR, if it is not the AWS default'],
  ['NO_COLOR', 'disable colours'],
];

function section({ path, usage, about, flags, remarks, examples }: CommandHelp): string[] {
  return [
    `.SS "${text(path)}"`,
    `.B proto\\-scaffold ${text(path)}`,
    ...(usage === '' ? [] : [text(usage)]),
    '.PP',
    filled(`${about.charAt(0).toUpperCase()}${about.slice(1)}.`),
    ...flags.flatMap(entry),
    ...remarks.flatMap((remark) => ['.PP', filled(remark)]),
    '.PP',
    '.nf',
    ...examples.map((example) => `.RS 4\n${text(example)}\n.RE`),
    '.fi',
  ];
}

function entry({ flags, about }: FlagHelp): string[] {
  return ['.TP', `.B ${text(flags)}`, filled(about)];
}

/** Escapes text for roff (groff_char(7)). A hyphen can be copied as typed. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replaceAll('`', '\\(ga')
    .replaceAll('…', '\\&...')
    .replace(/^(?=[.'])/, '\\&');
}

/** Wraps text to lines of at most 80 characters, as usual for roff sources. */
function filled(plain: string): string {
  const lines = [''];
  for (const word of plain.split(' ').map(text)) {
    const line = `${lines.at(-1)} ${word}`.trimStart();
    if (line.length > 80) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines.join('\n');
}
