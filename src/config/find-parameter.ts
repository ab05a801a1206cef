import { closest } from 'fastest-levenshtein';
import { type Fault, UserError } from '../errors.ts';
import { parseDottedKey } from '../toml/dotted-key.ts';
import { tomlDottedKey } from '../toml/literal.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { sameTomlValue, type TomlValue } from '../toml/value.ts';
import { valueLiteral } from '../toml/value-text.ts';
import { namerOf } from './dotted-key.ts';
import type { Config, Parameter } from './parameters.ts';
import type { Place } from './places.ts';

// Messages never repeat the typed text: it may be `KEY=SECRET`, or a secret instead of the key.

/** @throws UserError CONFIG_KEY_UNKNOWN if the text is not a dotted key */
export function readKey(text: string): string[] {
  const names = parseDottedKey(text);
  if (names !== undefined) return names;
  const hint = text.includes('=')
    ? 'Separate key and value with a space. Enter a secret through stdin or the prompt, not on the command line.'
    : 'Write a key with dots, as in openai.provider. Quote a part that has characters other than A-Z a-z 0-9 _ -: \'labels."my key"\'.';
  throw new UserError('CONFIG_KEY_UNKNOWN', 'The argument is not a valid key.', { hint });
}

/** The parameter of that name, or `undefined`. Elements of arrays of tables are also found by index. */
export function findParameter(
  { parameters }: Config,
  names: readonly string[],
): Parameter | undefined {
  const wanted = tomlDottedKey(names);
  return (
    parameters.find(({ key }) => key === wanted) ??
    parameters.find(({ places }) =>
      places.some(({ path }) => tomlDottedKey(path.map(String)) === wanted),
    )
  );
}

/** @throws UserError CONFIG_KEY_UNKNOWN with the closest known key, or with the keys of a table */
export function requireParameter(config: Config, names: readonly string[]): Parameter {
  const found = findParameter(config, names);
  if (found !== undefined) return found;
  const below = config.parameters.filter((parameter) =>
    names.every((name, depth) => parameter.names[depth] === name),
  );
  if (below.length > 0) {
    throw new UserError(
      'CONFIG_KEY_UNKNOWN',
      `${tomlDottedKey(names)} is a table with the keys ${below.map(({ key }) => key).join(', ')}.`,
    );
  }
  const keys = config.parameters.map(({ key }) => key);
  const near = keys.length === 0 ? '' : ` The closest match is ${nearestKey(names, keys)}.`;
  throw new UserError('CONFIG_KEY_UNKNOWN', `Unknown parameter.${near}`);
}

/** A key whose last part was typed is preferred. Case is ignored. */
function nearestKey(names: readonly string[], keys: readonly string[]): string {
  const typed = tomlDottedKey(names).toLowerCase();
  const lower = keys.map((key) => key.toLowerCase());
  const sameEnd = lower.findIndex((key) => key.endsWith(`.${typed}`));
  return keys[sameEnd >= 0 ? sameEnd : lower.indexOf(closest(typed, lower))] ?? '';
}

/**
 * The places of a parameter, or those in one file.
 * @param file the value of `--file`: a name such as `platform.toml`, or a path that ends with it
 * @throws UserError CONFIG_KEY_UNKNOWN if that file does not have it
 */
export function placesIn(parameter: Parameter, file: string | undefined): readonly Place[] {
  if (file === undefined) return parameter.places;
  const places = parameter.places.filter((place) => isFile(place.file, file));
  if (places.length > 0) return places;
  const has = parameter.places.map((place) => place.file).join(', ');
  throw new UserError('CONFIG_KEY_UNKNOWN', `${parameter.key} is in ${has}, not in that file.`);
}

/** `platform.toml`, `config/platform.toml` and `backend/config/platform.toml` mean the same file. */
export function isFile(path: string, named: string): boolean {
  const wanted = named.replace(/^\.\//, '');
  return wanted !== '' && (path === wanted || path.endsWith(`/${wanted}`));
}

/**
 * Stops if a file that has the parameter cannot be read.
 * @throws UserError CONFIG_UNREADABLE with the position of the fault
 */
export function refuseUnreadable(places: readonly Place[]): void {
  const faults = places.flatMap(({ fault }) => fault ?? []);
  if (faults.length === 0) return;
  const files = faults.map(({ file }) => file).join(', ');
  throw new UserError('CONFIG_UNREADABLE', `Cannot read ${files}.`, { faults });
}

/**
 * The value of a parameter, which must be the same in all places.
 * @param reveal also return a secret
 * @throws UserError CONFIG_UNREADABLE, CONFIG_VALUE_UNSET, CONFIG_SECRET_HIDDEN; CONFIG_VALUES_DIFFER with every
 *   file and line, without secrets
 */
export function valueIn(
  { key, secret }: Parameter,
  places: readonly Place[],
  reveal: boolean,
): TomlValue {
  refuseUnreadable(places);
  const standing = places.flatMap(({ file, current }) => (current ? [{ file, ...current }] : []));
  const [first] = standing;
  if (first === undefined) {
    throw new UserError('CONFIG_VALUE_UNSET', `${key} was removed from the configuration.`);
  }
  if (standing.every(({ unset }) => unset)) {
    throw new UserError('CONFIG_VALUE_UNSET', `${key} is not set yet.`, {
      hint: `Set it with \`proto-scaffold config set ${key}\`.`,
    });
  }
  if (secret && !reveal) {
    throw new UserError('CONFIG_SECRET_HIDDEN', `${key} is a secret.`);
  }
  if (standing.every(({ value }) => sameTomlValue(value, first.value))) return first.value;
  const faults = standing.map(({ file, line, column, value, unset }): Fault => {
    const shown = secret ? 'has its own value' : `has ${valueLiteral(value)}`;
    return { file, line, column, key, message: unset ? 'is not set' : shown };
  });
  throw new UserError('CONFIG_VALUES_DIFFER', `${key} does not have the same value in all files.`, {
    faults,
  });
}

/**
 * The keys of configuration files, each with the first line of the vendor's comment. Never a value,
 * nor a comment of the operator, which may contain a value.
 * @param base the last pristine render
 * @param current the files on disk; invalid TOML is skipped
 */
export function knownKeys(
  base: Iterable<string>,
  current: Iterable<string>,
): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const [texts, vendors] of [
    [base, true],
    [current, false],
  ] as const) {
    for (const text of texts) {
      const parsed = parseToml(text);
      if (!parsed.ok) continue;
      const namesOf = namerOf(parsed.document);
      for (const { path, comments } of parsed.document.entries) {
        const key = tomlDottedKey(namesOf(path));
        const about = vendors ? (comments[0] ?? '').replace(/^#+\s*/, '') : '';
        if (!keys.has(key)) keys.set(key, about);
      }
    }
  }
  return keys;
}
