import { mountedFiles } from '../compose/mounted-files.ts';
import { UserError } from '../errors.ts';
import type { FileChange, Plan } from '../installation/plan.ts';
import { composeFile, hbaFile } from '../release/layout.ts';
import { fill } from '../release/placeholders.ts';
import type { ServiceDescription } from '../release/release.ts';
import { Secret } from '../secret.ts';
import { arrayLiteral } from '../toml/array-text.ts';
import { setTomlValue, TomlEditError, unsetTomlKey } from '../toml/edit-toml.ts';
import { findInToml } from '../toml/find.ts';
import { tomlDottedKey } from '../toml/literal.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { isTomlArray, type TomlValue } from '../toml/value.ts';
import { valueLiteral } from '../toml/value-text.ts';
import {
  accessFile,
  type DependentStep,
  dependentSteps,
  hbaAfter,
  leavesOnlyIpv6,
} from './follow-access.ts';
import { leftBehind } from './left-behind.ts';
import type { PlanConfigInput } from './parameters.ts';
import { type Config, isMissing, type Parameter, readConfig } from './parameters.ts';
import type { ConfigInput, Place, Standing } from './places.ts';

/** One key in one file. `same`: it already has that value. */
export interface ConfigChange {
  readonly file: string;
  readonly kind: 'set' | 'added' | 'restored' | 'removed' | 'same';
  /** Its position before the change; absent for a missing key, and in a file that is not TOML. */
  readonly line?: number;
}

export interface ConfigPlan {
  readonly plan: Plan;
  readonly key: string;
  readonly changes: readonly ConfigChange[];
  /** Services that read a changed file, in the release's order; then those that the release dropped. */
  readonly restart: readonly string[];
  /** Those of them that read it without a restart. */
  readonly reload: readonly string[];
  /** What must be updated to the new value with separate commands (hybrid hosting). */
  readonly follows: readonly DependentStep[];
  /** No network of IPv4 is allowed any more (hybrid hosting). */
  readonly onlyIpv6: boolean;
  /** Mandatory parameters that are unset after the change, but were set or unused before. */
  readonly nowMissing: readonly Parameter[];
  /** Keys and files that still contain the previous value. */
  readonly leftBehind: readonly string[];
}

/** Sets a value in all places. @throws UserError CONFIG_VALUE_INVALID */
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
      // An equal value keeps its bytes.
      text: (text) =>
        current && valueLiteral(current.value) === literal
          ? text
          : setTomlValue(text, path, current ? literalIn(current, value) : literal),
    };
  });
  const raw = typeof value === 'string' ? rawEdits(input, parameter, places, value) : [];
  return planEdits(input, 'config set', parameter.key, [...edits, ...raw]);
}

/** Adds a key that is not in the release, at the end of its table. @throws UserError CONFIG_VALUE_INVALID */
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
 * Undoes the operator's change: restores the vendor's value byte for byte, or the placeholder if it was unset.
 * Removes an operator's own key.
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
        current?.literal === vendor.literal
          ? text
          : setTomlValue(text, path, restoredLiteral(vendor, current)),
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

/** A new value with the comments of the array that it replaces. */
function literalIn(current: Standing, value: TomlValue): string {
  const arrays = isTomlArray(current.value) && isTomlArray(value);
  return arrays ? arrayLiteral(current.literal, value) : valueLiteral(value);
}

/** The vendor's bytes, unless the operator has comments in the array. */
function restoredLiteral(vendor: Standing, current: Standing | undefined): string {
  if (current === undefined || !isTomlArray(vendor.value) || vendor.literal.includes('#')) {
    return vendor.literal;
  }
  const kept = literalIn(current, vendor.value);
  return kept === valueLiteral(vendor.value) ? vendor.literal : kept;
}

/**
 * Files next to the configuration that contain only the value of a parameter: the release's placeholder
 * is their whole text. A program that does not support TOML reads them (the database's password file).
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
  /** Computes the new text from the old one. */
  readonly text: (text: string) => string;
}

/** If a value is set in all its files, this includes files that are not TOML. */
function rawEdits(
  input: PlanConfigInput,
  parameter: Parameter,
  places: readonly Place[],
  value: string,
): Edit[] {
  if (places.length < parameter.places.length) return [];
  const files = rawFilesOf(input, parameter).filter((file) => input.current.has(file));
  // Programs that read such a file use its line as the value.
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

/** Applies edits one after the other. @throws UserError CONFIG_VALUE_INVALID */
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
  const readers = Object.entries(input.templates.release.services).filter(([, service]) =>
    files.some(({ path }) => isReadBy(path, service)),
  );
  return {
    plan: { command, installation: input.installation, actions: [], files },
    key,
    changes,
    restart: [
      ...readers.map(([name]) => name),
      ...droppedReaders(
        input,
        files.map(({ path }) => path),
      ),
    ],
    reload: readers
      .filter(([, service]) =>
        files.every(({ path }) => !isReadBy(path, service) || isReloaded(path, service)),
      )
      .map(([name]) => name),
    follows: dependentSteps(input, after),
    onlyIpv6: leavesOnlyIpv6(input, after),
    nowMissing: newlyMissing(readConfig(input), then),
    leftBehind: leftBehind(input, then, after, key),
  };
}

function isReadBy(path: string, { config, files }: ServiceDescription): boolean {
  const read = [`config/${config}`, ...Object.keys(files)];
  return read.some((file) => path === `backend/${file}`);
}

/** Services that the release dropped, and docker-compose.yml still has. */
function droppedReaders({ templates, current }: ConfigInput, files: readonly string[]): string[] {
  return [...mountedFiles(current.get(composeFile) ?? '')]
    .filter(([name]) => !Object.hasOwn(templates.release.services, name))
    .filter(([, mounted]) => mounted.some((path) => files.includes(path)))
    .map(([name]) => name);
}

function isReloaded(path: string, { files, reload }: ServiceDescription): boolean {
  const mount = files[path.slice('backend/'.length)];
  return mount !== undefined && reload !== undefined && Object.hasOwn(reload.copies, mount);
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

/** A numeric part means an element if the file has an array of tables. */
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
