import { UserError } from '../errors.ts';
import type { FileChange, Plan } from '../installation/plan.ts';
import { hbaFile } from '../release/layout.ts';
import { fill } from '../release/placeholders.ts';
import type { ServiceDescription } from '../release/release.ts';
import { Secret } from '../secret.ts';
import { setTomlValue, TomlEditError, unsetTomlKey } from '../toml/edit-toml.ts';
import { findInToml } from '../toml/find.ts';
import { tomlDottedKey } from '../toml/literal.ts';
import { parseToml } from '../toml/parse-toml.ts';
import type { TomlValue } from '../toml/value.ts';
import { valueLiteral } from '../toml/value-text.ts';
import { accessFile, type DependentStep, dependentSteps, hbaAfter } from './follow-access.ts';
import { leftBehind } from './left-behind.ts';
import type { PlanConfigInput } from './parameters.ts';
import { type Config, isMissing, type Parameter, readConfig } from './parameters.ts';
import type { ConfigInput, Place } from './places.ts';

/** One key in one file: `same` where it has that value already. */
export interface ConfigChange {
  readonly file: string;
  readonly kind: 'set' | 'added' | 'restored' | 'removed' | 'same';
  /** Where it stands before the change; absent for a key that is not there, and in a file that is no TOML. */
  readonly line?: number;
}

export interface ConfigPlan {
  readonly plan: Plan;
  readonly key: string;
  readonly changes: readonly ConfigChange[];
  /** Services that read a file that changes, in the release's order. */
  readonly restart: readonly string[];
  /** What has to be brought in line with the new value by commands of its own (hybrid hosting). */
  readonly follows: readonly DependentStep[];
  /** Mandatory parameters that are unset afterwards, and were not, or had no part, before. */
  readonly nowMissing: readonly Parameter[];
  /** Keys and files that have the value before as part of theirs, and keep it. */
  readonly leftBehind: readonly string[];
}

/** Puts a value in, in every one of the places. @throws UserError CONFIG_VALUE_INVALID */
export function planSet(
  input: PlanConfigInput,
  parameter: Parameter,
  places: readonly Place[],
  value: TomlValue,
): ConfigPlan {
  const literal = valueLiteral(value);
  const edits = places.map(({ file, path, current }): Edit => {
    const standing = current && { line: current.line };
    return {
      file,
      ...standing,
      kind: current ? 'set' : 'added',
      // What stands there and means the same keeps its bytes.
      text: (text) =>
        current && valueLiteral(current.value) === literal
          ? text
          : setTomlValue(text, path, literal),
    };
  });
  const raw = typeof value === 'string' ? rawEdits(input, parameter, places, value) : [];
  return planEdits(input, 'config set', parameter.key, [...edits, ...raw]);
}

/** Puts a key in that no release has, at the end of its table. @throws UserError CONFIG_VALUE_INVALID */
export function planAdd(
  input: PlanConfigInput,
  file: string,
  names: readonly string[],
  value: TomlValue,
): ConfigPlan {
  const text = (text: string) => setTomlValue(text, stepsIn(text, names), valueLiteral(value));
  return planEdits(input, 'config set', tomlDottedKey(names), [{ file, kind: 'added', text }]);
}

/**
 * Takes the operator's change back: the vendor's value to the byte, or his placeholder where nothing was given;
 * a key of the operator's own goes.
 */
export function planUnset(
  input: PlanConfigInput,
  parameter: Parameter,
  places: readonly Place[],
): ConfigPlan {
  const edits = places.map(({ file, path, current, vendor }): Edit => {
    const standing = current && { line: current.line };
    if (vendor === undefined) {
      return { file, ...standing, kind: 'removed', text: (text) => unsetTomlKey(text, path) };
    }
    return {
      file,
      ...standing,
      kind: 'restored',
      text: (text) =>
        current?.literal === vendor.literal ? text : setTomlValue(text, path, vendor.literal),
    };
  });
  const vendor = places.find((place) => place.vendor)?.vendor?.value;
  const raw = typeof vendor === 'string' ? rawEdits(input, parameter, places, vendor) : [];
  return planEdits(
    input,
    'config unset',
    parameter.key,
    [...edits, ...raw].map((edit) => (raw.includes(edit) ? { ...edit, kind: 'restored' } : edit)),
  );
}

/**
 * Files beside the configuration that hold the value of a parameter and nothing else: the release's placeholder
 * is their whole text. They are read by a program that knows no TOML (the database's password file).
 */
export function rawFilesOf(
  { templates }: Pick<ConfigInput, 'templates'>,
  parameter: Parameter,
): string[] {
  const whole = parameter.places.flatMap(({ template }) => template ?? []);
  return [...templates.files]
    .filter(([path, text]) => !path.endsWith('.toml') && whole.includes(text.trim()))
    .filter(([, text]) => parameter.placeholders.some(([name]) => text.trim() === `{${name}}`))
    .map(([path]) => path);
}

export interface Edit extends ConfigChange {
  /** The text after the change from the one before. */
  readonly text: (text: string) => string;
}

/** Where a value is set in all its files, those that are no TOML are among them. */
function rawEdits(
  input: PlanConfigInput,
  parameter: Parameter,
  places: readonly Place[],
  value: string,
): Edit[] {
  if (places.length < parameter.places.length) return [];
  const files = rawFilesOf(input, parameter).filter((file) => input.current.has(file));
  // Whoever reads such a file takes its line for the value.
  if (files.length > 0 && /[\r\n\0]/.test(value)) {
    const message = `${parameter.key} must be a single line, because it is also in ${files.join(', ')}.`;
    throw new UserError('CONFIG_VALUE_INVALID', message);
  }
  return files.map((file) => ({
    file,
    kind: 'set',
    text: () => fill(input.templates.files.get(file) ?? '', () => value),
  }));
}

/** What a row of edits comes to, one after the other. @throws UserError CONFIG_VALUE_INVALID */
export function planEdits(
  input: PlanConfigInput,
  command: string,
  key: string,
  edits: readonly Edit[],
): ConfigPlan {
  const after = new Map(input.current);
  const changes = edits.map(({ text, ...change }): ConfigChange => {
    const before = after.get(change.file) ?? '';
    const edited = editOf(change.file, key, () => text(before));
    after.set(change.file, edited);
    return edited === before ? { ...change, kind: 'same' } : change;
  });
  if (edits.some(({ file }) => file === accessFile)) {
    const hba = hbaAfter(input, after);
    if (hba !== undefined) {
      after.set(hbaFile, hba);
      changes.push({ file: hbaFile, kind: 'set' });
    }
  }
  const files = [...new Set(changes.map(({ file }) => file))]
    .filter((path) => after.get(path) !== input.current.get(path))
    .map((path): FileChange => {
      return { kind: 'update', path, content: new Secret(after.get(path) ?? '') };
    });
  const then = readConfig({ ...input, current: after });
  return {
    plan: { command, installation: input.installation, actions: [], files },
    key,
    changes,
    restart: Object.entries(input.templates.release.services)
      .filter(([, service]) => files.some(({ path }) => isReadBy(path, service)))
      .map(([name]) => name),
    follows: dependentSteps(input, after),
    nowMissing: newlyMissing(readConfig(input), then),
    leftBehind: leftBehind(input, then, after, key),
  };
}

function isReadBy(path: string, { config, files }: ServiceDescription): boolean {
  const read = [`config/${config}`, ...Object.keys(files)];
  return read.some((file) => path === `backend/${file}`);
}

function editOf(file: string, key: string, edit: () => string): string {
  try {
    return edit();
  } catch (cause) {
    if (!(cause instanceof TomlEditError)) throw cause;
    const at = cause.fault && { line: cause.fault.line, column: cause.fault.column };
    throw new UserError('CONFIG_VALUE_INVALID', `Cannot write ${key} to ${file}.`, {
      faults: [{ file, ...at, key, message: cause.message }],
    });
  }
}

function newlyMissing(before: Config, after: Config): Parameter[] {
  const known = new Set(before.parameters.filter(isMissing).map(({ key }) => key));
  return after.parameters.filter(isMissing).filter(({ key }) => !known.has(key));
}

/** A part that is a number names an element where the file has an array of tables. */
function stepsIn(text: string, names: readonly string[]): (string | number)[] {
  const parsed = parseToml(text);
  if (!parsed.ok) return [...names];
  const { root } = parsed.document;
  const steps: (string | number)[] = [];
  for (const name of names) {
    const { node } = findInToml(root, steps);
    steps.push(node?.kind === 'list' && /^\d+$/.test(name) ? Number(name) : name);
  }
  return steps;
}
