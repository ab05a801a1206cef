import { dirname, join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { isReadable } from '../lib/fs/files.ts';

const defaultCredentialsFile = 'proto_credentials.json';

/**
 * The credentials for an installation: the file named, else the one in this folder, else the one beside it.
 * @param installation `undefined` where there is none
 */
export async function findCredentials(
  context: Context,
  installation: string | undefined,
  named: string | undefined,
): Promise<string> {
  if (named !== undefined) return named;
  const here = resolve(context.cwd, defaultCredentialsFile);
  if (installation === undefined) return here;
  const beside = join(dirname(installation), defaultCredentialsFile);
  return (await isReadable(here)) || !(await isReadable(beside)) ? here : beside;
}
