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
  /** Values from flags, by placeholder, without secrets. A flag overrides the file. */
  readonly flags: Readonly<Record<string, string>>;
}

/**
 * The checked values from the operator's file and flags.
 * @param hosting skips values of other kinds; absent if the credentials do not specify it
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
      hint: `Correct the listed values. You can set: ${settableNames(release).join(', ')}.`,
      faults,
    });
  }
  protectValues(context, values);
  return values;
}

/** One values file may serve both kinds of hosting. Values that this one does not use are reported and skipped. */
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

/** Warns about valid values that look like a mistake: secrets that others can read, white space copied along. */
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

/** Makes sure that secrets among the values are never printed. */
export function protectValues(context: Context, values: Values): void {
  for (const value of values.values()) {
    if (value instanceof Secret) context.reporter.protect(value.reveal());
  }
}

export interface Inputs {
  readonly credentials: Credentials;
  /** @throws UserError as `loadValues` */
  values(): Values;
  /** For a later failure: first come the faults of the values. */
  rethrow(error: unknown): never;
}

/**
 * Loads credentials and values together, so that the faults of both are reported at once. Values that are wrong for `release` may be right
 * for the release that the registry has, so they are no failure yet.
 * @throws UserError of the credentials; with the faults of the values, if they have some, too
 */
export async function loadInputs(
  context: Context,
  release: Release,
  credentialsFile: string,
  given: GivenValues,
): Promise<Inputs> {
  const [credentials] = await Promise.allSettled([loadCredentials(context, credentialsFile)]);
  const hosting = credentials.status === 'fulfilled' ? credentials.value.hosting : undefined;
  const [values] = await Promise.allSettled([loadValues(context, release, given, hosting)]);
  const fault: unknown = values.status === 'rejected' ? values.reason : undefined;
  if (credentials.status === 'fulfilled') {
    return {
      credentials: credentials.value,
      values() {
        if (values.status === 'fulfilled') return values.value;
        throw fault;
      },
      rethrow(error) {
        throw fault ?? error;
      },
    };
  }
  const first: unknown = credentials.reason;
  if (!(first instanceof UserError) || !(fault instanceof UserError)) throw first;
  throw new UserError(first.code, `${first.message} ${fault.message}`, {
    hint: `${first.hint} ${fault.hint}`,
    faults: [...first.faults, ...fault.faults],
  });
}
