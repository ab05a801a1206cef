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

/**
 * Whether two values mean the same, however they are written: `0xff` is `255`, `1` is not `1.0`,
 * `-0.0` is not `0.0`, nan is nan, and offset date-times are compared by instant.
 */
export function sameTomlValue(a: TomlValue, b: TomlValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return Object.is(a, b);
  if (isTomlArray(a)) {
    return (
      isTomlArray(b) && a.length === b.length && a.every((v, n) => sameTomlValue(v, b[n] ?? ''))
    );
  }
  if (isTomlArray(b)) return false;
  if (isTomlInlineValue(a)) {
    if (!isTomlInlineValue(b) || a.size !== b.size) return false;
    for (const [key, value] of a) {
      const other = b.get(key);
      if (other === undefined || !sameTomlValue(value, other)) return false;
    }
    return true;
  }
  return !isTomlInlineValue(b) && a.kind === b.kind && moment(a) === moment(b);
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
