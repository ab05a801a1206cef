import { dirname, join, relative, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { isReadable, permissions, readText } from '../lib/fs/files.ts';
import { quoted } from '../lib/terminal/words.ts';
import { type Credentials, parseCredentials } from './credentials.ts';

/**
 * Reads and checks the credentials file, and makes sure that its secrets are never printed.
 * @throws UserError CREDENTIALS_NOT_FOUND, CREDENTIALS_INVALID, FILE_UNREADABLE
 */
export async function loadCredentials(context: Context, file: string): Promise<Credentials> {
  const path = resolve(context.cwd, file);
  const text = await readText(path);
  if (text === undefined) {
    throw new UserError('CREDENTIALS_NOT_FOUND', `Credentials file not found: ${path}.`);
  }
  const credentials = parseCredentials(text, shown(context, path));
  context.reporter.protect(credentials.aws.secretAccessKey.reveal());
  const token = credentials.aws.sessionToken;
  if (token !== undefined) context.reporter.protect(token.reveal());
  await noticeReaders(context, path);
  return credentials;
}

/** Warns about a file with secrets that other users can read. */
export async function noticeReaders(context: Context, path: string): Promise<void> {
  const mode = (await permissions(path)) ?? 0;
  if ((mode & 0o077) === 0) return;
  const file = shown(context, path);
  context.reporter.notice(
    `Other users can read ${file} (mode ${mode.toString(8)}). To fix this, run: chmod 600 ${quoted(file)}`,
  );
}

/** A path as the operator would type it from the current folder. */
export function shown(context: Context, path: string): string {
  const short = relative(context.cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}

const defaultCredentialsFile = 'proto_credentials.json';

/**
 * Finds the credentials for an installation: the given file, or the one in the current folder, or the one next to the
 * installation.
 * @param installation `undefined` if there is none
 */
export async function findCredentials(
  context: Context,
  installation: string | undefined,
  named: string | undefined,
): Promise<string> {
  if (named !== undefined) return named;
  const here = resolve(context.cwd, defaultCredentialsFile);
  if (installation === undefined) return here;
  const nextToInstallation = join(dirname(installation), defaultCredentialsFile);
  return (await isReadable(here)) || !(await isReadable(nextToInstallation))
    ? here
    : nextToInstallation;
}
