import TOML from '@iarna/toml';
import type { Fault } from '../errors.ts';
import { parseCidrs } from '../lib/net/cidrs.ts';
import { nearest } from '../lib/text/document-faults.ts';
import { type LocatedDocument, lineIndex, parseJson } from '../lib/text/json-document.ts';
import { valueName } from '../release/placeholders.ts';
import type { Release, ValueDescription } from '../release/release.ts';
import { Secret } from '../secret.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { isHostName, parseSiteHost, siteHostText } from './site-host.ts';

/** What is known of the placeholders: by name, the text to put there. */
export type Values = ReadonlyMap<string, string | Secret>;

/** The text of a value, for rendering. */
export function revealValue(value: string | Secret | undefined): string | undefined {
  return value instanceof Secret ? value.reveal() : value;
}

export type ParsedValues =
  | { readonly ok: true; readonly values: Values }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Reads a values file: TOML, or JSON where its name ends in `.json`; flat, one key a placeholder, named
 * as `valueName` has it (`url`) or as the placeholder itself (`YOUR_URL`).
 */
export function parseValues(text: string, file: string, release: Release): ParsedValues {
  const parsed = file.toLowerCase().endsWith('.json')
    ? parseJson(text, file)
    : parseValuesToml(text, file);
  if (!parsed.ok) return { ok: false, faults: [parsed.fault] };
  const { data } = parsed.document;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return { ok: false, faults: [{ file, line: 1, message: 'must be an object of values' }] };
  }
  const faults: Fault[] = [];
  const values = new Map<string, string | Secret>();
  const names = placeholdersByName(release);
  for (const [key, value] of Object.entries(data)) {
    const placeholder = names.get(key);
    const entry = checkEntry(key, value, placeholder, release);
    if (!entry.ok) {
      faults.push({ file, ...parsed.document.position([key]), key, message: entry.message });
    } else if (placeholder !== undefined && values.has(placeholder)) {
      const message = 'is given twice, under both of its names';
      faults.push({ file, ...parsed.document.position([key]), key, message });
    } else if (placeholder !== undefined && value !== '') values.set(placeholder, entry.value);
  }
  for (const [name, other] of faults.length > 0 ? [] : lonely(release, values)) {
    const key = [valueName(name), name].find((each) => Object.hasOwn(data, each)) ?? name;
    const message = `needs ${valueName(other)} with it`;
    faults.push({ file, ...parsed.document.position([key]), key, message });
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, values };
}

export type CheckedValue =
  | { readonly ok: true; readonly value: string | Secret }
  | { readonly ok: false; readonly message: string };

function checkEntry(
  key: string,
  value: unknown,
  placeholder: string | undefined,
  release: Release,
): CheckedValue {
  const bad = (message: string): CheckedValue => ({ ok: false, message });
  const description = placeholder === undefined ? undefined : release.values[placeholder];
  if (description === undefined) {
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? bad('is a section; a values file is flat, with one line for each value')
      : bad(`is not a known value${nearest(key, settableNames(release))}`);
  }
  if (isMade(description)) return bad('is made by the program and can not be given');
  if (typeof value !== 'string') return bad('must be a string');
  // Left empty: nothing is given, so no form can be wrong.
  return value === '' ? { ok: true, value } : checkValue(value, description);
}

const longestValue = 16_384;

/** Brings one value into its form, or says what is wrong with it. An empty one is for the caller to skip. */
export function checkValue(text: string, description: ValueDescription): CheckedValue {
  const good = (value: string): CheckedValue => ({
    ok: true,
    value: description.secret ? new Secret(value) : value,
  });
  const bad = (message: string): CheckedValue => ({ ok: false, message });
  // No value of this platform comes near; a file that was given by mistake does.
  if (text.length > longestValue) return bad(`is longer than ${longestValue} characters`);
  // Half of a surrogate pair is no character: neither TOML nor UTF-8 can hold it.
  if (!text.isWellFormed()) return bad('has half a character in it (a lone surrogate)');
  if (description.choices !== undefined && !description.choices.includes(text)) {
    return bad(`must be ${description.choices.map((c) => `"${c}"`).join(' or ')}`);
  }
  switch (description.form) {
    case 'host': {
      // `https://chat.example-bank.com/` is taken for what it means.
      const host = parseSiteHost(text);
      if (host !== undefined) return good(siteHostText(host));
      return bad('must be a host name such as chat.example-bank.com: no http://, no path');
    }
    case 'domain': {
      const domain = text.trim().toLowerCase();
      if (isHostName(domain) && domain.includes('.')) return good(domain);
      return bad(`must be a domain such as ${description.example}, without @`);
    }
    case 'url':
      if (URL.canParse(text.trim()) && /^https?:\/\//i.test(text.trim())) {
        return good(text.trim().replace(/\/+$/, ''));
      }
      return bad(`must be an address such as ${description.example}`);
    case 'path':
      return checkFilePath(text.trim());
    case 'cidrs': {
      const parsed = parseCidrs(text);
      return parsed.ok ? good(parsed.cidrs.join(', ')) : bad(parsed.message);
    }
    case 'text':
      return good(text);
  }
}

/** The path of a file on the host, as nginx can name it: there `$` begins a variable. */
export function checkFilePath(path: string): CheckedValue {
  const bad = (message: string): CheckedValue => ({ ok: false, message });
  if (!path.startsWith('/')) return bad('must be an absolute path: it begins with /');
  if (path.endsWith('/')) return bad('must be the path of a file, not of a folder');
  if (/[$\p{Cc}]/u.test(path)) return bad('may have neither a $ nor a control character in it');
  return { ok: true, value: path };
}

/** Values that stand without the one that they only go together with, each with that one's name. */
export function lonely(release: Release, values: Values): [name: string, missing: string][] {
  return Object.entries(release.values).flatMap(([name, { with: other }]): [string, string][] => {
    if (other === undefined || values.has(name) === values.has(other)) return [];
    return values.has(name) ? [[name, other]] : [[other, name]];
  });
}

/** What is set where nothing was given: the defaults of the release description. */
export function withDefaults(release: Release, given: Values): Values {
  const values = new Map(given);
  for (const [name, description] of Object.entries(release.values)) {
    if (description.default !== undefined && !values.has(name))
      values.set(name, description.default);
  }
  return values;
}

/** Does this value have a part in the installation, the others being what they are? */
export function applies(description: ValueDescription, values: Values): boolean {
  return Object.entries(description.when).every(
    ([name, wanted]) => revealValue(values.get(name)) === wanted,
  );
}

/** Both names of every placeholder, to the placeholder. */
function placeholdersByName(release: Release): Map<string, string> {
  const names = Object.keys(release.values);
  return new Map([
    ...names.map((name) => [valueName(name), name] as const),
    ...names.map((name) => [name, name] as const),
  ]);
}

/** What can be given, by the shorter name. */
export function settableNames(release: Release): string[] {
  return Object.entries(release.values)
    .filter(([, description]) => !isMade(description))
    .map(([name]) => valueName(name));
}

/** Made by the program, and given by nobody. */
export function isMade({ random, made }: ValueDescription): boolean {
  return random || made !== undefined;
}

function parseValuesToml(
  text: string,
  file: string,
): { ok: true; document: LocatedDocument } | { ok: false; fault: Fault } {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  try {
    const data = TOML.parse(body);
    return { ok: true, document: { data, position: (path) => placeOfKey(body, path) } };
  } catch (error) {
    const at = error as { line?: number; col?: number; message?: string };
    const place = at.line === undefined ? {} : { line: at.line + 1, column: (at.col ?? 0) + 1 };
    // Its first sentence alone: behind it the library prints the lines around, which may hold a secret.
    const message = `is not valid TOML: ${at.message?.split(/ at row | at position |\n/)[0] ?? ''}`;
    return { ok: false, fault: { file, ...place, message } };
  }
}

/** Where a key at the top stands, by its first mention; the file's first place where it is not found. */
function placeOfKey(
  text: string,
  [key = '']: readonly PropertyKey[],
): { line: number; column: number } {
  const parsed = parseToml(text);
  const entries = parsed.ok ? parsed.document.entries : [];
  const headers = parsed.ok ? parsed.document.sections : [];
  const entry = entries.find(({ path }) => path[0] === key);
  const header = headers.find(({ table }) => table.path[0] === key)?.header;
  if (header !== undefined) return lineIndex(text)(header.keyRange.start);
  return entry === undefined ? { line: 1, column: 1 } : { line: entry.line, column: entry.column };
}
