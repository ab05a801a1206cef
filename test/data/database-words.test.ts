import { expect, it } from 'vitest';
import { databaseWords } from '../../src/data/restore-sql.ts';

/** Of what PostgreSQL's programs say it shows what went wrong, and no row, statement or password. */

it.each([
  [
    'pg_restore: error: COPY failed for table "people": ERROR:  invalid input syntax for type integer: "Ada"\nCONTEXT:  COPY people, line 1, column age: "Ada"',
    'pg_restore: error: COPY failed for table "people": ERROR:  invalid input syntax for type integer: …',
  ],
  [
    'pg_restore: while PROCESSING TOC:\npg_restore: error: could not execute query: ERROR:  relation "a" exists\nCommand was: CREATE TABLE a (\n  b text DEFAULT \'Ada\'\n);\n',
    'pg_restore: while PROCESSING TOC: pg_restore: error: could not execute query: ERROR:  relation "a" exists',
  ],
  [
    'ERROR:  role "x" does not exist\nSTATEMENT:  ALTER ROLE x PASSWORD \'SCRAM-SHA-256$1\'',
    'ERROR:  role "x" does not exist',
  ],
  [
    'psql: error: one\nDETAIL:  row (Ada)\nmore of Ada: 1\npg_restore: error: two\nCONTEXT:  Ada\n2026-11-26 UTC [7] FATAL: three',
    'psql: error: one pg_restore: error: two 2026-11-26 UTC [7] FATAL: three',
  ],
  ['one\ntwo\nthree\nfour\n', 'two three four'],
  [
    'Error response from daemon: No such container: a',
    'Error response from daemon: No such container: a',
  ],
])('%j', (stderr, words) => {
  expect(databaseWords(stderr)).toBe(words);
});
