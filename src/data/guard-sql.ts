/**
 * SQL that keeps other people's code from running as superuser while pg_restore loads a database. Rows are loaded by the
 * superuser, and PostgreSQL evaluates the expressions of their columns as the user who loads: checks, domains, generated columns.
 * Any role that can create a table can put a function of its own there, which behaves well until a superuser calls it.
 * (Expressions of indexes and views, triggers and policies are evaluated as their owner, or after everything is loaded.)
 */

/**
 * Functions of PostgreSQL and its extensions that run text as SQL, connect elsewhere or change the session. No honest
 * expression of a column calls them. Functions that only some roles may call are added to them.
 */
const dangerous = [
  ...[
    'set_config',
    'ts_stat',
    'ts_rewrite',
    'dblink[a-z_]*',
    'crosstab[a-z0-9_]*',
    'connectby',
    'xpath_table',
  ],
  '(?:query|table|cursor|schema|database)_to_xml(?:schema|_and_xmlschema)?',
].join('|');

/**
 * For the empty database to load into. A function of a user without superuser's rights runs with its owner's rights from its creation
 * on, and a table or a domain that calls a dangerous function is refused.
 * @param schema for what the guard needs; not a name that the database could have
 */
export function guardFunctions(schema: string): string {
  return `CREATE SCHEMA ${schema};
CREATE TABLE ${schema}.changed (id oid PRIMARY KEY);
CREATE FUNCTION ${schema}.own_rights() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $guard$
DECLARE made record;
BEGIN
  FOR made IN
    SELECT p.oid FROM pg_event_trigger_ddl_commands() c
      JOIN pg_proc p ON p.oid = c.objid JOIN pg_roles r ON r.oid = p.proowner
      WHERE c.classid = 'pg_proc'::regclass AND p.prokind IN ('f', 'w') AND NOT p.prosecdef AND NOT r.rolsuper
  LOOP
    INSERT INTO ${schema}.changed VALUES (made.oid) ON CONFLICT DO NOTHING;
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER', made.oid::regprocedure);
  END LOOP;
END $guard$;
CREATE FUNCTION ${schema}.no_danger() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $guard$
DECLARE found text;
BEGIN
  SELECT string_agg(DISTINCT proname, '|') INTO found FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace AND NOT has_function_privilege('public', oid, 'EXECUTE');
  found := substring(current_query() from format('\\m((?:${dangerous}|%s)\\()', found));
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'the definition of a column calls %), which would run as superuser', found;
  END IF;
END $guard$;
CREATE EVENT TRIGGER ${schema}_1 ON ddl_command_end
  WHEN TAG IN ('CREATE FUNCTION', 'ALTER FUNCTION') EXECUTE FUNCTION ${schema}.own_rights();
CREATE EVENT TRIGGER ${schema}_2 ON ddl_command_start
  WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE DOMAIN', 'ALTER DOMAIN') EXECUTE FUNCTION ${schema}.no_danger();
`;
}

/** Gives the loaded functions the rights that they had, and removes the guard; all or nothing. */
export function releaseFunctions(schema: string): string {
  return `BEGIN;
DROP EVENT TRIGGER ${schema}_1;
DROP EVENT TRIGGER ${schema}_2;
DO $guard$
DECLARE made record;
BEGIN
  FOR made IN SELECT p.oid FROM ${schema}.changed JOIN pg_proc p ON p.oid = id LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY INVOKER', made.oid::regprocedure);
  END LOOP;
END $guard$;
DROP SCHEMA ${schema} CASCADE;
COMMIT;
`;
}
