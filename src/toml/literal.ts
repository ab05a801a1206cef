const named: ReadonlyMap<string, string> = new Map([
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['"', '\\"'],
  ['\\', '\\\\'],
]);

/**
 * A string as a TOML basic string on one line, so that a value cannot change a document's structure.
 * A lone surrogate, which TOML cannot express, becomes U+FFFD.
 */
export function tomlString(value: string): string {
  const escaped = value
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(
      /[\p{Cc}"\\]/gu,
      (char) =>
        named.get(char) ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
    );
  return `"${escaped}"`;
}

/** One part of a key: bare if TOML allows it, otherwise quoted. */
export function tomlKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : tomlString(name);
}

/** A dotted key. */
export function tomlDottedKey(names: readonly string[]): string {
  return names.map(tomlKey).join('.');
}
