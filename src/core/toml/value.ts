/**
 * TOML values as plain data. An integer is a bigint and a float a number, so that `1` and `1.0`
 * stay apart and integers over 2^53 stay exact.
 */

export type TomlDateTimeKind = 'offset-date-time' | 'local-date-time' | 'local-date' | 'local-time';

export interface TomlDateTime {
  readonly kind: TomlDateTimeKind;
  /** As it stands in the file. */
  readonly text: string;
}

/** An inline table inside an array; a Map, so that `__proto__` is a key as any other. */
export type TomlInlineValue = ReadonlyMap<string, TomlValue>;

export type TomlValue =
  | string
  | bigint
  | number
  | boolean
  | TomlDateTime
  | readonly TomlValue[]
  | TomlInlineValue;

/** Whether two values mean the same, however they are written; see `canonicalToml`. */
export function sameTomlValue(a: TomlValue, b: TomlValue): boolean {
  return canonicalToml(a) === canonicalToml(b);
}

/**
 * One text for all spellings of a value: `0xff` gives what `255` gives, `1` is not `1.0`, `-0.0`
 * not `0.0`, nan is nan, and offset date-times are taken by instant.
 */
export function canonicalToml(value: TomlValue): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'number':
      return Object.is(value, -0) ? 'float -0' : `float ${value}`;
    default:
      if (isTomlArray(value)) return `[${value.map(canonicalToml).join()}]`;
      return isTomlInlineValue(value) ? canonicalTable(value) : `${value.kind} ${moment(value)}`;
  }
}

function canonicalTable(table: TomlInlineValue): string {
  const pairs = [...table].map(([key, value]) => `${JSON.stringify(key)}:${canonicalToml(value)}`);
  return `{${pairs.sort().join()}}`;
}

export function isTomlArray(value: TomlValue): value is readonly TomlValue[] {
  return Array.isArray(value);
}

export function isTomlInlineValue(value: TomlValue): value is TomlInlineValue {
  return value instanceof Map;
}

const dateTime =
  /^(?:(\d{4})-(\d\d)-(\d\d))?[Tt ]?(?:(\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?(?:[Zz]|([+-])(\d\d):(\d\d))?$/;

/** One text for all spellings of a moment; fractions of a second keep every digit. */
function moment({ kind, text }: TomlDateTime): string {
  const [, year, month, day, hour, minute, second, digits, sign, offsetHour, offsetMinute] =
    dateTime.exec(text) ?? [];
  const offset =
    (sign === '-' ? -1 : 1) * (Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0));
  const instant = new Date(0);
  instant.setUTCFullYear(Number(year ?? 1970), Number(month ?? 1) - 1, Number(day ?? 1));
  instant.setUTCHours(
    Number(hour ?? 0),
    Number(minute ?? 0) - (kind === 'offset-date-time' ? offset : 0),
  );
  return `${instant.getTime()}:${second ?? ''}.${(digits ?? '').replace(/0+$/, '')}`;
}
