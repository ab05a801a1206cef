import { dirname, join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { isReadable } from '../host/files.ts';

const defaultCredentialsFile = 'proto_credentials.json';

/** The credentials for an installation: the file named, else the one in this folder, else the one beside it. */
export async function findCredentials(
  context: Context,
  installation: string,
  named: string | undefined,
): Promise<string> {
  if (named !== undefined) return named;
  const here = resolve(context.cwd, defaultCredentialsFile);
  const beside = join(dirname(installation), defaultCredentialsFile);
  return (await isReadable(here)) || !(await isReadable(beside)) ? here : beside;
}
