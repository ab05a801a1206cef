/**
 * SQL that keeps other people's code from running while pg_restore loads a database as superuser. PostgreSQL evaluates checks, domains,
 * generated columns and partition keys as the user who loads, and any role that can create a table can put a function there. Its rights are
 * not the only harm: what it sets in the session (standard_conforming_strings) changes how the text that follows is read. So such an
 * expression calls only functions that cannot run other code, or functions of superusers in an object of a superuser; anything else is
 * refused before a row is loaded. Functions are found by their OID in the stored expression, never by the text of a statement: an operator
 * can have any function.
 *
 * (Expressions of indexes, statistics and views, and materialized views are evaluated as their owner, who cannot set anything there. Triggers
 * and policies come after everything is loaded.)
 */

/** Functions of PostgreSQL that are volatile, and harmless in a check. */
const harmless = ['clock_timestamp', 'gen_random_uuid', 'nextval', 'random', 'timeofday'];

/** Stable ones that run text as SQL: `table_to_xml`, `schema_to_xmlschema`, … */
const dangerous = '_to_xml';

/** For the functions `p` of an expression: none of them can run code that someone else wrote. */
const isSafe = `(
  (p.oid < 16384 AND has_function_privilege('public', p.oid, 'EXECUTE') AND p.proname !~ '${dangerous}'
    AND (p.provolatile <> 'v' OR p.proname IN (${harmless.map((name) => `'${name}'`).join(', ')})))
  OR (p.provolatile = 'i' AND l.lanname IN ('c', 'internal')
    AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')))`;

/** The functions that a stored expression calls, by themselves and through operators (primnodes.h: FuncExpr, OpExpr, …). */
const called = `SELECT m[1]::oid FROM regexp_matches(x.tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\\d+)', 'g') m
      UNION SELECT o.oprcode::oid FROM regexp_matches(x.tree, ':opno (\\d+)', 'g') m JOIN pg_operator o ON o.oid = m[1]::oid`;

/**
 * For the empty database to load into. A function of a user without superuser's rights also runs with its owner's rights from its
 * creation on.
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
CREATE FUNCTION ${schema}.safe_expressions() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $guard$
DECLARE bad record;
BEGIN
  SELECT x.what, p.oid::regprocedure AS function INTO bad
    FROM (
      SELECT 'the table ' || r.oid::regclass AS what, r.relowner AS owner, e.tree
        FROM pg_event_trigger_ddl_commands() c JOIN pg_class r ON c.classid = 'pg_class'::regclass AND r.oid = c.objid
        CROSS JOIN LATERAL (
          SELECT conbin::text FROM pg_constraint WHERE conrelid = r.oid AND contype = 'c'
          UNION ALL SELECT adbin::text FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
            WHERE adrelid = r.oid AND attgenerated <> ''
          UNION ALL SELECT partexprs::text FROM pg_partitioned_table WHERE partrelid = r.oid
        ) e (tree)
      UNION ALL
      SELECT 'the domain ' || t.oid::regtype, t.typowner, k.conbin::text
        FROM pg_event_trigger_ddl_commands() c JOIN pg_type t ON c.classid = 'pg_type'::regclass AND t.oid = c.objid
        JOIN pg_constraint k ON k.contypid = t.oid
    ) x
    CROSS JOIN LATERAL (${called}) f (id)
    JOIN pg_proc p ON p.oid = f.id JOIN pg_language l ON l.oid = p.prolang
    JOIN pg_roles owner ON owner.oid = x.owner JOIN pg_roles author ON author.oid = p.proowner
    WHERE NOT ${isSafe} AND NOT (owner.rolsuper AND author.rolsuper)
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the definition of % calls %, which could run code of another role as superuser', bad.what, bad.function;
  END IF;
END $guard$;
CREATE FUNCTION ${schema}.safe_casts() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $guard$
DECLARE bad record;
BEGIN
  SELECT p.oid::regprocedure AS function INTO bad
    FROM pg_event_trigger_ddl_commands() c JOIN pg_cast k ON c.classid = 'pg_cast'::regclass AND k.oid = c.objid
    JOIN pg_proc p ON p.oid = k.castfunc JOIN pg_language l ON l.oid = p.prolang JOIN pg_roles author ON author.oid = p.proowner
    JOIN pg_type s ON s.oid = k.castsource JOIN pg_type t ON t.oid = k.casttarget
    WHERE NOT ${isSafe}
      AND NOT (author.rolsuper AND (SELECT bool_and(rolsuper) FROM pg_roles WHERE oid IN (s.typowner, t.typowner)))
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'a cast calls %, which could run code of another role as superuser', bad.function;
  END IF;
END $guard$;
CREATE FUNCTION ${schema}.no_late_checks() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $guard$
DECLARE
  part constant text := '(?:"(?:[^"]|"")+"|[[:alnum:]_$]+)';
  named text := substring(current_query() from format('^\\s*ALTER TABLE (?:ONLY )?(%s\\.%s)\\s+ADD CONSTRAINT %s CHECK\\M', part, part, part));
BEGIN
  -- It is evaluated for the rows that are there before anything can be looked up in it.
  IF current_query() ~ '\\mADD CONSTRAINT\\M.*\\mCHECK\\M' AND current_query() !~ '\\mNOT VALID;?\\s*$' AND NOT COALESCE((
    SELECT rolsuper FROM pg_class JOIN pg_roles r ON r.oid = relowner WHERE pg_class.oid = to_regclass(named)), false)
  THEN
    RAISE EXCEPTION 'a check of % would be evaluated as superuser', COALESCE(named, 'a table');
  END IF;
END $guard$;
CREATE EVENT TRIGGER ${schema}_1 ON ddl_command_end
  WHEN TAG IN ('CREATE FUNCTION', 'ALTER FUNCTION') EXECUTE FUNCTION ${schema}.own_rights();
CREATE EVENT TRIGGER ${schema}_2 ON ddl_command_end
  WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE DOMAIN', 'ALTER DOMAIN') EXECUTE FUNCTION ${schema}.safe_expressions();
CREATE EVENT TRIGGER ${schema}_3 ON ddl_command_end
  WHEN TAG IN ('CREATE CAST') EXECUTE FUNCTION ${schema}.safe_casts();
CREATE EVENT TRIGGER ${schema}_4 ON ddl_command_start
  WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION ${schema}.no_late_checks();
`;
}

/** Gives the loaded functions the rights that they had, and removes the guard; all or nothing. */
export function releaseFunctions(schema: string): string {
  return `BEGIN;
DROP EVENT TRIGGER ${schema}_1;
DROP EVENT TRIGGER ${schema}_2;
DROP EVENT TRIGGER ${schema}_3;
DROP EVENT TRIGGER ${schema}_4;
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
