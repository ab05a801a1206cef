import { placeholdersIn } from '../release/placeholders.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { isTomlArray, type TomlValue } from '../toml/value.ts';
import { kindOf, stringsIn, type ValueKind, valueLiteral } from '../toml/value-text.ts';
import { checkValue, revealValue } from '../values/values.ts';
import type { Parameter } from './parameters.ts';
import type { Place } from './places.ts';

export type AcceptedValue =
  | { readonly ok: true; readonly value: TomlValue }
  /** Goes behind the parameter's name: "must be …". It never has the value in it. */
  | { readonly ok: false; readonly message: string };

const nouns: Readonly<Record<ValueKind, string>> = {
  string: 'a text',
  integer: 'an integer',
  float: 'a number',
  boolean: 'true or false',
  array: 'an array, as TOML writes it',
  table: 'a table',
  'offset-date-time': 'a date and time with its offset',
  'local-date-time': 'a date and time',
  'local-date': 'a date',
  'local-time': 'a time',
};

/**
 * The value that a text typed by the operator means for a parameter: of the type that the vendor gave it,
 * and as the release wants it (form, choices). A text for a string is taken as it is, with nothing to be quoted.
 * @param literal the text is TOML, whatever the type
 */
export function acceptValue(text: string, parameter: Parameter, literal: boolean): AcceptedValue {
  const fault = faultIn(text);
  if (fault !== undefined) return bad(fault);
  const place = parameter.places.find(({ vendor }) => vendor) ?? parameter.places[0];
  const model = place?.vendor?.value ?? place?.current?.value ?? '';
  const read = readText(text, model, literal);
  if (read === undefined || !sameKinds(read, model)) return bad(expectation(parameter, model));
  return checked(read, place?.template, parameter);
}

/** The value of a new key: a string as it is, or TOML. */
export function newValue(text: string, literal: boolean): AcceptedValue {
  const fault = faultIn(text);
  if (fault !== undefined) return bad(fault);
  const value = literal ? tomlValue(text) : text;
  return value === undefined ? bad('must be a value as TOML writes it') : { ok: true, value };
}

/**
 * What is wrong with a value as it stands in a file; `undefined` where nothing is, where it is still to be set, or
 * where it has no part.
 */
export function faultOfPlace(parameter: Parameter, place: Place): string | undefined {
  const { current, vendor, template } = place;
  if (current === undefined || current.unset || parameter.onlyWith.length > 0) return undefined;
  const { value } = current;
  if (stringsIn(value).some((text) => placeholdersIn(text).length > 0)) {
    return 'has a placeholder in it that this release does not know';
  }
  if (vendor === undefined) return undefined;
  if (!sameKinds(value, vendor.value)) return expectation(parameter, vendor.value);
  if (value === '' && parameter.generated) return 'was made by the program and can not be empty';
  const result = checked(value, template, parameter);
  return result.ok ? undefined : result.message;
}

/** What no value can have in it. */
function faultIn(text: string): string | undefined {
  if (!text.isWellFormed()) return 'has half a character in it (a lone surrogate)';
  if (placeholdersIn(text).length === 0) return undefined;
  return 'has a placeholder in it ({YOUR_…}), which stands for a value still to be set';
}

function readText(text: string, model: TomlValue, literal: boolean): TomlValue | undefined {
  if (typeof model === 'string' && !literal) return text;
  // What has no point is an integer to TOML; the operator means the number.
  const number = typeof model === 'number' && /^\s*[+-]?\d+\s*$/.test(text);
  return tomlValue(number ? `${text.trim()}.0` : text);
}

const integers = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

/** One TOML value, without a comment or further lines. */
function tomlValue(text: string): TomlValue | undefined {
  const typed = text.trim();
  const source = `v = ${typed}`;
  const parsed = parseToml(source);
  if (!parsed.ok || parsed.document.comments.length > 0) return undefined;
  const [entry, ...others] = parsed.document.entries;
  if (entry === undefined || others.length > 0 || entry.path.length !== 1) return undefined;
  if (entry.valueRange.end !== source.length) return undefined;
  const { value } = entry;
  // TOML 1.0, "Integer": 64 bits; beyond them readers round or fail.
  if (typeof value === 'bigint' && (value < integers.least || value > integers.most)) {
    return undefined;
  }
  return value;
}

/** Of an array, its elements must be of the kind that the others are. */
function sameKinds(value: TomlValue, model: TomlValue): boolean {
  if (kindOf(value) !== kindOf(model)) return false;
  if (!isTomlArray(value) || !isTomlArray(model)) return true;
  const kinds = new Set(model.map(kindOf));
  return kinds.size !== 1 || value.every((element) => kinds.has(kindOf(element)));
}

/** Holds every string against the template's, the placeholders of which have a form. */
function checked(
  value: TomlValue,
  template: TomlValue | undefined,
  parameter: Parameter,
): AcceptedValue {
  if (isTomlArray(value)) {
    const model = template !== undefined && isTomlArray(template) ? template[0] : undefined;
    const elements = value.map((element) => checked(element, model, parameter));
    const wrong = elements.find((element) => !element.ok);
    if (wrong !== undefined) return wrong;
    return { ok: true, value: elements.flatMap((element) => (element.ok ? [element.value] : [])) };
  }
  if (typeof value !== 'string') return { ok: true, value };
  if (value === '' && parameter.mandatory) return bad('is mandatory and can not be empty');
  if (typeof template !== 'string') return { ok: true, value };
  return heldAgainst(template, value, parameter.placeholders);
}

function heldAgainst(
  template: string,
  text: string,
  placeholders: Parameter['placeholders'],
): AcceptedValue {
  const [name = '', ...others] = placeholdersIn(template);
  const description = placeholders.find(([known]) => known === name)?.[1];
  if (description === undefined || others.length > 0) return { ok: true, value: text };
  const [before = '', after = ''] = template.split(`{${name}}`);
  const inner = text.slice(before.length, text.length - after.length);
  if (text === before + inner + after && inner !== '') {
    const result = checkValue(inner, description);
    if (result.ok) return { ok: true, value: before + revealValue(result.value) + after };
    if (before + after === '') return bad(result.message);
  }
  if (before + after === '') return { ok: true, value: text };
  return likeTemplate(template, text, before + (description.example ?? '') + after);
}

/**
 * An operator may leave the vendor's pattern (http:// inside a test network, another path), but not by
 * oversight: where the template is an address, an address it must be.
 */
function likeTemplate(template: string, text: string, example: string): AcceptedValue {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i;
  if (!scheme.test(template) || (scheme.test(text) && URL.canParse(text))) {
    return { ok: true, value: text };
  }
  return bad(`must be an address such as ${example}`);
}

function expectation({ secret, placeholders }: Parameter, model: TomlValue): string {
  const strings =
    isTomlArray(model) && model.length > 0 && model.every((v) => typeof v === 'string');
  const noun = `${nouns[kindOf(model)]}${strings ? ': ["…", "…"]' : ''}`;
  const shown = secret || placeholders.length > 0 || typeof model === 'boolean';
  return `must be ${noun}${shown ? '' : `, such as ${valueLiteral(model)}`}`;
}

function bad(message: string): AcceptedValue {
  return { ok: false, message };
}
