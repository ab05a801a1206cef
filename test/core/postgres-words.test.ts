import { expect, it } from 'vitest';
import { withoutRows } from '../../src/core/postgres-words.ts';

it('keeps what went wrong, and none of the rows that it went wrong with', () => {
  const said = [
    'pg_restore: error: COPY failed for table "customers": ERROR:  duplicate key value violates "customers_email_key"',
    'DETAIL:  Key (email)=(jane@example.com) already exists.',
    'CONTEXT:  COPY customers, line 7: "7\tJane\tjane@example.com"',
    'pg_restore: error: could not execute query: ERROR:  value too long',
    "Command was: INSERT INTO customers VALUES ('jane@example.com');",
    "LINE 1: INSERT INTO customers VALUES ('jane@example.com');",
  ].join('\n');
  const left = withoutRows(said);
  expect(left).not.toContain('jane@example.com');
  expect(left.split('\n')).toEqual([said.split('\n')[0], said.split('\n')[3]]);
});
