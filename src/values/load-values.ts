import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { type Fault, UserError } from '../errors.ts';
import { readText } from '../lib/fs/files.ts';
import type { Credentials } from '../registry/credentials.ts';
import { loadCredentials, noticeReaders, shown } from '../registry/load-credentials.ts';
import type { Hosting } from '../release/hosting.ts';
import { valueName } from '../release/placeholders.ts';
import { type Release, releaseFor } from '../release/release.ts';
import { Secret } from '../secret.ts';
import { checkValue, parseValues, revealValue, settableNames, type Values } from './values.ts';

export interface GivenValues {
  /** The file of --values. */
  readonly file?: string;
  /** From flags, by placeholder: what is no secret. A flag wins over the file. */
  readonly flags: Readonly<Record<string, string>>;
}

/**
 * The values the operator gives by file and flags, checked.
 * @param hosting leaves out what only another kind has; absent where the credentials do not say it
 * @throws UserError VALUES_NOT_FOUND, VALUES_INVALID with every fault
 */
export async function loadValues(
  context: Context,
  release: Release,
  given: GivenValues,
  hosting?: Hosting,
): Promise<Values> {
  const faults: Fault[] = [];
  const values = new Map<string, string | Secret>();
  if (given.file !== undefined) {
    const path = resolve(context.cwd, given.file);
    const text = await readText(path);
    if (text === undefined) {
      throw new UserError('VALUES_NOT_FOUND', `Values file not found: ${path}.`);
    }
    const parsed = parseValues(text, shown(context, path), release);
    if (!parsed.ok) faults.push(...parsed.faults);
    else {
      for (const [name, value] of parsed.values) values.set(name, value);
      await noticeDoubts(context, path, parsed.values);
      if (hosting !== undefined) leaveOut(context, releaseFor(release, hosting), values, hosting);
    }
  }
  for (const [name, text] of Object.entries(given.flags)) {
    const description = release.values[name];
    if (description === undefined) throw new Error(`no placeholder ${name} in this release`);
    const checked = checkValue(text, description);
    if (checked.ok) values.set(name, checked.value);
    else faults.push({ file: `--${valueName(name)}`, message: checked.message });
  }
  if (faults.length > 0) {
    throw new UserError('VALUES_INVALID', 'Some values are invalid.', {
      hint: `Correct them. You can set: ${settableNames(release).join(', ')}.`,
      faults,
    });
  }
  protectValues(context, values);
  return values;
}

/** One values file may serve both kinds of hosting: what has no part in this one is told, and left out. */
function leaveOut(
  { reporter }: Context,
  release: Release,
  values: Map<string, string | Secret>,
  hosting: Hosting,
): void {
  const others = [...values.keys()].filter((name) => !Object.hasOwn(release.values, name));
  for (const name of others) values.delete(name);
  if (others.length === 0) return;
  const names = others.map(valueName).join(', ');
  reporter.notice(`Skipped values that ${hosting} hosting does not use: ${names}.`);
}

/** What is right in form and still looks like a mistake: secrets that others can read, blanks copied along. */
async function noticeDoubts(context: Context, path: string, values: Values): Promise<void> {
  if ([...values.values()].some((value) => value instanceof Secret)) {
    await noticeReaders(context, path);
  }
  for (const [name, value] of values) {
    const text = revealValue(value) ?? '';
    if (text === text.trim()) continue;
    context.reporter.notice(
      `${shown(context, path)}: ${valueName(name)} starts or ends with white space, which is part of the value.`,
    );
  }
}

/** Takes care that no secret among the values is ever printed. */
export function protectValues(context: Context, values: Values): void {
  for (const value of values.values()) {
    if (value instanceof Secret) context.reporter.protect(value.reveal());
  }
}

/**
 * Credentials and values together, so that the faults of both are told at once.
 * @throws UserError of the one that is wrong; where both are, the first one's code with all faults
 */
export async function loadInputs(
  context: Context,
  release: Release,
  credentialsFile: string,
  given: GivenValues,
): Promise<{ credentials: Credentials; values: Values }> {
  const [credentials] = await Promise.allSettled([loadCredentials(context, credentialsFile)]);
  const hosting = credentials.status === 'fulfilled' ? credentials.value.hosting : undefined;
  const [values] = await Promise.allSettled([loadValues(context, release, given, hosting)]);
  if (credentials.status === 'fulfilled' && values.status === 'fulfilled') {
    return { credentials: credentials.value, values: values.value };
  }
  const errors = [credentials, values].flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  const [first, second] = errors;
  if (!(first instanceof UserError) || !(second instanceof UserError)) throw first;
  throw new UserError(first.code, `${first.message} ${second.message}`, {
    hint: `${first.hint} ${second.hint}`,
    faults: [...first.faults, ...second.faults],
  });
}
