import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { literal, RolesFault, readRoles } from '../../src/data/role-statements.ts';

const dump = `--
-- PostgreSQL database cluster dump
--

\\restrict 5Xq2

SET default_transaction_read_only = off;

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

--
-- Roles
--

CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS PASSWORD 'SCRAM-SHA-256$4096:x$y:z';
COMMENT ON ROLE postgres IS 'the ''one''';
CREATE ROLE "read""er";
ALTER ROLE "read""er" WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT -1 VALID UNTIL 'infinity';
SECURITY LABEL FOR 'selinux' ON ROLE "read""er" IS 'x';

--
-- User Configurations
--

--
-- User Config "read""er"
--

ALTER ROLE "read""er" SET search_path TO 'a', E'b\\\\';
ALTER ROLE "read""er" IN DATABASE "platform" SET "my.var" TO '1';


--
-- Role memberships
--

GRANT pg_read_all_data TO "read""er" GRANTED BY postgres;
GRANT postgres TO "read""er" WITH ADMIN OPTION, INHERIT FALSE, SET FALSE GRANTED BY postgres;
GRANT SET, ALTER SYSTEM ON PARAMETER log_statement TO PUBLIC WITH GRANT OPTION;
REVOKE ALL ON PARAMETER "my.var" FROM PUBLIC;

\\unrestrict 5Xq2

--
-- PostgreSQL database cluster dump complete
--
`;

describe('the roles of a database', () => {
  it('has every statement of pg_dumpall, and nothing of its session', () => {
    const { create, others } = readRoles(dump);
    expect(create).toEqual(['CREATE ROLE postgres;', 'CREATE ROLE "read""er";']);
    expect(others).toHaveLength(10);
    expect(others[1]).toBe("COMMENT ON ROLE postgres IS 'the ''one''';");
    expect(others[4]).toBe(`ALTER ROLE "read""er" SET search_path TO 'a' , E'b\\\\';`);
    expect(others.join()).not.toContain('client_encoding');
  });

  it.each([
    ['another statement', 'DROP ROLE postgres;'],
    ['two in one', 'CREATE ROLE a SUPERUSER;'],
    ['lower case', 'create role a;'],
    ['a program', "COPY (SELECT 1) TO PROGRAM 'id';"],
    ['a function', "SELECT pg_catalog.set_config('search_path', 'x', pg_sleep(1));"],
    ['another setting of the session', "SET session_authorization = 'x';"],
    ['a command of psql', '\\! id'],
    ['a command of psql in a statement', 'CREATE ROLE\n\\restrict a\nb;'],
    ['a command of psql behind a statement', 'CREATE ROLE b; \\restrict a'],
    ['a variable of psql', 'CREATE ROLE :x;'],
    ['a dollar quote', 'COMMENT ON ROLE a IS $$x$$;'],
    ['a comment that nests', 'CREATE /* x */ ROLE a;'],
    ['a Unicode string', "COMMENT ON ROLE a IS U&'x';"],
    ['strings in a row', "COMMENT ON ROLE a IS 'x'\n'y';"],
    ['a string behind a word', "ALTER ROLE a SET b TOE'x';"],
    ['a backslash in a plain string', "COMMENT ON ROLE a IS 'x\\';"],
    ['an escape that pg_dumpall does not write', "COMMENT ON ROLE a IS E'\\047';"],
    ['an empty name', 'CREATE ROLE "";'],
    ['a name with a line break', 'CREATE ROLE "a\nb";'],
    ['a name with a carriage return', 'CREATE ROLE "a\rb";'],
    ['a string without an end', "COMMENT ON ROLE a IS 'x;"],
    ['a name without an end', 'CREATE ROLE "a;'],
    ['a statement without an end', 'CREATE ROLE a'],
    ['a letter that looks like one', 'CREATE ROLE а;'],
    ['a setting without quotes', 'ALTER ROLE a SET b TO c;'],
  ])('refuses %s, with its line', (_, text) => {
    const act = () => readRoles(`-- ${text.replace(/[\n\r]/g, ' ')}\n\n${text}\n`);
    expect(act).toThrow(RolesFault);
    expect(act).toThrow(/^line [34] of the database roles /);
  });

  it('says nothing of the text in its message', () => {
    expect(() => readRoles("CREATE ROLE a;\nALTER ROLE a PASSWORD 'canary';")).toThrow(
      'line 2 of the database roles is not a statement of pg_dumpall',
    );
  });

  it('reads text of many megabytes', () => {
    const value = "'\\\n".repeat(200_000);
    expect(readRoles(`COMMENT ON ROLE a IS ${literal(value)};`).others).toEqual([
      `COMMENT ON ROLE a IS ${literal(value)};`,
    ]);
  });
});

/** Text with what ends strings, names, comments and statements. */
const hostile = fc.string({
  unit: fc.constantFrom(
    ...[
      "'",
      '"',
      '\\',
      '\n',
      '\r',
      ';',
      '--',
      '/*',
      '$$',
      ':',
      'E',
      ' ',
      'x',
      "'';",
      'ü',
      '\u2028',
    ],
    'CREATE ROLE evil SUPERUSER;',
  ),
  maxLength: 40,
});
const asName = (name: string) => `"${name.replaceAll('"', '""')}"`;

describe('whatever others have written', () => {
  it('stays inside its string, and means the same', () => {
    fc.assert(
      fc.property(hostile, hostile, (first, second) => {
        const text = `ALTER ROLE a SET b TO ${literal(first)}, ${literal(second)};\n`;
        const { create, others } = readRoles(`CREATE ROLE a;\n${text}`);
        expect(create).toEqual(['CREATE ROLE a;']);
        expect(others).toEqual([`ALTER ROLE a SET b TO ${literal(first)} , ${literal(second)};`]);
      }),
    );
  });

  it('stays inside its name, or is refused', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const text = `CREATE ROLE ${asName(name)};`;
        const act = () => readRoles(`-- ${name}\n${text}`);
        if (/[\n\r]/.test(name) || name === '') expect(act).toThrow(RolesFault);
        else expect(act()).toMatchObject({ create: [text], others: [] });
      }),
    );
  });

  it('never becomes a statement that is not one of pg_dumpall', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        try {
          const { create, others } = readRoles(`CREATE ROLE a;\n${text}`);
          expect([create, others]).toEqual([['CREATE ROLE a;'], []]);
        } catch (error) {
          expect(error).toBeInstanceOf(RolesFault);
        }
      }),
    );
  });
});
