/**
 * TOML values as plain data. An integer is a bigint and a float a number, so that `1` and `1.0`
 * stay apart and integers over 2^53 stay exact.
 */

export type TomlDateTimeKind = 'offset-date-time' | 'local-date-time' | 'local-date' | 'local-time';

export interface TomlDateTime {
  readonly kind: TomlDateTimeKind;
  /** As written in the file. */
  readonly text: string;
}

/** An inline table inside an array; a Map, so that `__proto__` is an ordinary key. */
export type TomlInlineValue = ReadonlyMap<string, TomlValue>;

export type TomlValue =
  | string
  | bigint
  | number
  | boolean
  | TomlDateTime
  | readonly TomlValue[]
  | TomlInlineValue;

/** Whether two values are equal, however they are written; see `canonicalToml`. */
export function sameTomlValue(a: TomlValue, b: TomlValue): boolean {
  return canonicalToml(a) === canonicalToml(b);
}

/**
 * One text for all spellings of a value: `0xff` equals `255`, but `1` differs from `1.0` and `-0.0`
 * from `0.0`. nan equals nan, and offset date-times are compared by instant.
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
  const days = daysSinceEpoch(Number(year ?? 1970), Number(month ?? 1), Number(day ?? 1));
  const minutes = (days * 24 + Number(hour ?? 0)) * 60 + Number(minute ?? 0);
  const instant = minutes - (kind === 'offset-date-time' ? offset : 0);
  return `${instant}:${second ?? ''}.${(digits ?? '').replace(/0+$/, '')}`;
}

/** In the proleptic Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
