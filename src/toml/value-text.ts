import { tomlDottedKey, tomlString } from './literal.ts';
import { isTomlArray, isTomlInlineValue, type TomlValue } from './value.ts';

/** A value as TOML on one line, without the line breaks and comments of its file. */
export function valueLiteral(value: TomlValue): string {
  if (typeof value === 'string') return tomlString(value);
  if (typeof value === 'number') return floatLiteral(value);
  if (typeof value !== 'object') return String(value);
  if (isTomlArray(value)) return `[${value.map(valueLiteral).join(', ')}]`;
  if (!isTomlInlineValue(value)) return value.text;
  const pairs = [...value].map(
    ([key, inner]) => `${tomlDottedKey([key])} = ${valueLiteral(inner)}`,
  );
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

function floatLiteral(value: number): string {
  if (!Number.isFinite(value)) return String(value).toLowerCase().replace('infinity', 'inf');
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** A value for scripts: a string without quotes, anything else as TOML. */
export function valuePlain(value: TomlValue): string {
  return typeof value === 'string' ? value : valueLiteral(value);
}

/** A value for JSON: integers that JSON readers would round, and dates and times, become strings. */
export function valueData(value: TomlValue): unknown {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : floatLiteral(value);
  if (typeof value !== 'object') return value;
  if (isTomlArray(value)) return value.map(valueData);
  if (!isTomlInlineValue(value)) return value.text;
  // Without a prototype, so that `__proto__` is an ordinary key.
  const table: Record<string, unknown> = Object.create(null);
  for (const [key, inner] of value) table[key] = valueData(inner);
  return table;
}

export type ValueKind =
  | 'string'
  | 'integer'
  | 'float'
  | 'boolean'
  | 'array'
  | 'table'
  | 'offset-date-time'
  | 'local-date-time'
  | 'local-date'
  | 'local-time';

export function kindOf(value: TomlValue): ValueKind {
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return 'float';
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value as ValueKind;
  if (isTomlArray(value)) return 'array';
  return isTomlInlineValue(value) ? 'table' : value.kind;
}

/** Every string in a value. */
export function stringsIn(value: TomlValue): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object') return [];
  if (isTomlArray(value)) return value.flatMap(stringsIn);
  return isTomlInlineValue(value) ? [...value.values()].flatMap(stringsIn) : [];
}
