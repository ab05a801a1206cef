import type { Fault } from '../errors.ts';
import type { Hosting } from '../release/hosting.ts';
import { placeholdersIn } from '../release/placeholders.ts';
import type { TemplateSet, ValueDescription } from '../release/release.ts';
import { tomlDottedKey } from '../toml/literal.ts';
import { sameTomlValue, type TomlValue } from '../toml/value.ts';
import { stringsIn } from '../toml/value-text.ts';
import { isSecret } from '../values/secret-texts.ts';
import { siteValues } from '../values/site-values.ts';
import { applies, type Values, withDefaults } from '../values/values.ts';
import { type ConfigInput, type Place, readPlaces } from './places.ts';

/**
 * `unset`: a placeholder stands there. `changed`: not what the release put there. `removed`: the operator took
 * it out. `own`: the release does not know it. `differs`: the services' files do not agree, though the
 * release gave all of them the same.
 */
export type ParameterState = 'unset' | 'differs' | 'changed' | 'removed' | 'own';

/** A parameter of the platform: one key, in the files of all services that have it. */
export interface Parameter {
  /** Dotted, with quotes where TOML wants them. */
  readonly key: string;
  readonly names: readonly string[];
  /** At least one. */
  readonly places: readonly Place[];
  /** The vendor's placeholders in its value, with what the release says of them. */
  readonly placeholders: readonly (readonly [name: string, description: ValueDescription])[];
  readonly secret: boolean;
  /** Made by the program at `init`. */
  readonly generated: boolean;
  readonly mandatory: boolean;
  /** Other parameters that must have a value for this one to have a part; empty if they have it. */
  readonly onlyWith: readonly { readonly key: string; readonly value: string }[];
  readonly states: ReadonlySet<ParameterState>;
  /** The values of the files are not all the same, be it the vendor's will. */
  readonly varies: boolean;
  /** What the vendor's comment says, without `#`. */
  readonly comment: readonly string[];
}

export interface Config {
  readonly parameters: readonly Parameter[];
  readonly faults: readonly Fault[];
}

/** The table of all parameters, those of one TOML table together, in the vendor's order. */
export function readConfig(input: ConfigInput): Config {
  const { places, faults } = readPlaces(input);
  const byKey = grouped(places, ({ names }) => tomlDottedKey(names));
  const bySection = grouped([...byKey], ([, [place]]) => sectionOf(place));
  const { release } = input.templates;
  const values = withDefaults(release, siteValues(input.templates, input.current));
  const homes = homesOf(places);
  const parameters = [...bySection.values()]
    .flat()
    .map(([key, own]) => parameterOf(key, own, input.templates, values, homes));
  return { parameters, faults };
}

/** Does the platform not start without it, as it is? */
export function isMissing({ mandatory, onlyWith, states }: Parameter): boolean {
  return mandatory && onlyWith.length === 0 && states.has('unset');
}

/** The top table that a key is in. */
function sectionOf(place: Place | undefined): string {
  return place === undefined || place.names.length === 1 ? '' : (place.names[0] ?? '');
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function parameterOf(
  key: string,
  places: readonly Place[],
  { release }: TemplateSet,
  values: Values,
  homes: ReadonlyMap<string, string>,
): Parameter {
  const names = places[0]?.names ?? [];
  const standing = places.flatMap(({ current, vendor, template }) =>
    [current?.value, vendor?.value, template].filter((value) => value !== undefined),
  );
  // The base still has the placeholders that nothing was given for: they tell of a key that templates dropped.
  const vendors = places.flatMap(({ vendor, template }) =>
    [vendor?.value, template].filter((value) => value !== undefined),
  );
  const placeholders = [...new Set(vendors.flatMap(placeholdersOf))].flatMap((name) => {
    const description = Object.hasOwn(release.values, name) ? release.values[name] : undefined;
    return description === undefined ? [] : [[name, description] as const];
  });
  const descriptions = placeholders.map(([, description]) => description);
  const readable = places.filter(({ fault }) => fault === undefined);
  return {
    key,
    names,
    places,
    placeholders,
    secret: isSecret(names, standing, descriptions),
    generated: descriptions.some(({ random }) => random),
    mandatory: descriptions.some(({ mandatory }) => mandatory),
    onlyWith: descriptions
      .filter((description) => !applies(description, values))
      .flatMap(({ when }) => Object.entries(when))
      .map(([name, value]) => ({ key: homes.get(name) ?? name, value })),
    states: statesOf(readable),
    varies: vary(readable.map(({ current }) => current?.value)),
    comment: (places.find(({ comments }) => comments.length > 0)?.comments ?? []).map((line) =>
      line.replace(/^#+ ?/, ''),
    ),
  };
}

function statesOf(places: readonly Place[]): Set<ParameterState> {
  const states = new Set<ParameterState>();
  const vendors = places.map(({ vendor }) => vendor?.value);
  if (places.some(({ current }) => current?.unset)) states.add('unset');
  if (vary(places.map(({ current }) => current?.value)) && !vary(vendors)) states.add('differs');
  if (vendors.every((value) => value === undefined)) states.add('own');
  else if (places.some(isChanged)) states.add('changed');
  if (places.some(({ current, vendor }) => vendor && !current)) states.add('removed');
  return states;
}

function isChanged({ current, vendor }: Place): boolean {
  return current !== undefined && (!vendor || !sameTomlValue(current.value, vendor.value));
}

/** The first value is compared with all others; where there is none, nothing is said of that file. */
function vary(values: readonly (TomlValue | undefined)[]): boolean {
  const [first, ...others] = values.filter((value) => value !== undefined);
  return first !== undefined && others.some((value) => !sameTomlValue(first, value));
}

/** The key that is the home of a placeholder: its value and nothing else. */
function homesOf(places: readonly Place[]): Map<string, string> {
  const homes = new Map<string, string>();
  for (const { template, names } of places) {
    if (typeof template !== 'string') continue;
    const [name] = placeholdersIn(template);
    if (name !== undefined && template === `{${name}}` && !homes.has(name)) {
      homes.set(name, tomlDottedKey(names));
    }
  }
  return homes;
}

function placeholdersOf(value: TomlValue): string[] {
  return stringsIn(value).flatMap(placeholdersIn);
}

export interface PlanConfigInput extends ConfigInput {
  /** Absolute path. */
  readonly installation: string;
  readonly hosting: Hosting;
}
