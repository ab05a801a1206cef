import { closest } from 'fastest-levenshtein';
import * as z from 'zod';
import type { Fault } from '../../errors.ts';
import type { LocatedDocument } from './json-document.ts';

// For a schema that is used once, generating and compiling a function costs more than it saves.
z.config({ jitless: true });

/**
 * Every violation of a schema in a document, from top to bottom, with file, line and key, and the closest
 * known key for a misspelled one. Messages never contain values, which may be secrets.
 */
export function documentFaults(
  document: LocatedDocument,
  error: z.ZodError,
  schema: z.ZodType,
  file: string,
): Fault[] {
  const faults = error.issues.flatMap((issue): Fault[] => {
    const at = (path: readonly PropertyKey[]) => ({
      file,
      ...document.position(path),
      key: path.join('.'),
    });
    if (issue.code === 'unrecognized_keys') {
      const known = keysOfSchema(schema, issue.path);
      return issue.keys.map((key) => ({
        ...at([...issue.path, key]),
        message: `is an unknown key${nearest(key, known)}`,
      }));
    }
    return [{ ...at(issue.path), message: plain(issue) }];
  });
  return faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** `; the closest match is "x"`, or an empty string if no names are known. */
export function nearest(name: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  return `; the closest match is "${closest(name, [...known])}"`;
}

function plain(issue: z.core.$ZodIssue): string {
  // The key of a map is at fault: why is one level below.
  const [ofKey] = issue.code === 'invalid_key' ? issue.issues : [];
  if (ofKey !== undefined) return plain(ofKey);
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined && issue.message.includes('undefined')) return 'is missing';
    return `must be ${article(issue.expected)}`;
  }
  if (issue.code === 'invalid_value') {
    return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
  }
  return issue.message;
}

function article(expected: string): string {
  return /^[aeio]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

function keysOfSchema(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const part of path) {
    if (at instanceof z.ZodObject) at = unwrap(at.shape[String(part)]);
    else at = at instanceof z.ZodRecord ? unwrap(at.valueType) : undefined;
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrap(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodDefault || at instanceof z.ZodPrefault) {
    at = at.def.innerType;
  }
  return at;
}
