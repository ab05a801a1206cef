import { createHash } from 'node:crypto';
import { literal, readRoles } from './role-statements.ts';

/** SQL for a restore: the new database is loaded next to the current one, and gets its name in one transaction. */

/** The most bytes of an identifier: PostgreSQL cuts the rest off, with a notice at most. */
const identifierBytes = 63;

/** The name under which PostgreSQL stores a database or a role: at most 63 bytes of UTF-8, in whole characters. */
export function storedName(name: string, bytes = identifierBytes): string {
  const { read } = new TextEncoder().encodeInto(name, new Uint8Array(bytes));
  return name.slice(0, read);
}

/** The names of the loading database and of the replaced one, until both are dropped. Never the database's own name. */
export function loadingName(database: string): string {
  return derivedName(database, '_restoring');
}

export function replacedName(database: string): string {
  return derivedName(database, '_replaced');
}

/** The same for the same name, because a later command completes the restore. The hash distinguishes long names. */
function derivedName(database: string, suffix: string): string {
  const name = `${database}${suffix}`;
  if (storedName(name) === name) return name;
  const hash = createHash('sha256').update(storedName(database)).digest('hex').slice(0, 8);
  const ending = `_${hash}${suffix}`;
  return `${storedName(database, identifierBytes - ending.length)}${ending}`;
}

/** Creates an empty database to load into. Drops the leftover of a killed restore. */
export function makeLoading(database: string): string {
  return `${dropLoading(database)}CREATE DATABASE ${quoted(loadingName(database))} TEMPLATE template0;\n`;
}

export function dropLoading(database: string): string {
  return `DROP DATABASE IF EXISTS ${quoted(loadingName(database))};\n`;
}

export function dropReplaced(database: string): string {
  return `DROP DATABASE IF EXISTS ${quoted(replacedName(database))};\n`;
}

/** Returns `1` if the cluster has the database. */
export function hasDatabase(database: string): string {
  return `SELECT 1 FROM pg_database WHERE datname = ${literal(database)};\n`;
}

/**
 * The statements of pg_dumpall that create roles, each separately, because most of the roles already exist.
 * @throws RolesFault, as `swapIn` and `swapOut`
 */
export function missingRoles(roles: string): string {
  return lines(readRoles(roles).create);
}

/**
 * Restores the roles with their passwords, and replaces the old database with the new one; all or nothing.
 * @param replaces whether a database of that name exists
 */
export function swapIn(database: string, roles: string, replaces: boolean): string {
  return [
    'BEGIN;\n',
    lines(readRoles(roles).others),
    replaces ? rename(database, replacedName(database)) : '',
    rename(loadingName(database), database),
    'COMMIT;\n',
  ].join('');
}

/**
 * The reverse of `swapIn`: the old database gets its name back, the new one gets its loading name.
 * @param roles the roles from before
 * @param replaced whether a database of that name existed
 */
export function swapOut(database: string, roles: string, replaced: boolean): string {
  return [
    'BEGIN;\n',
    lines(readRoles(roles).others),
    rename(database, loadingName(database)),
    replaced ? rename(replacedName(database), database) : '',
    'COMMIT;\n',
  ].join('');
}

function rename(from: string, to: string): string {
  return `ALTER DATABASE ${quoted(from)} RENAME TO ${quoted(to)};\n`;
}

function lines(statements: readonly string[]): string {
  return statements.map((statement) => `${statement}\n`).join('');
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Text after an error that may contain rows, statements or passwords (errcontext, libpq's verbosity). */
const shows = /^\s*(CONTEXT|DETAIL|HINT|STATEMENT|QUERY|LINE \d+|Command was|COPY)\b/;

/**
 * The last messages of psql, pg_restore or docker, without data. A value is in quotes after a colon. A statement or row
 * follows a keyword, up to the next line that starts with a program's name or contains `ERROR`.
 * @param stderr the original output
 */
export function databaseWords(stderr: string): string {
  const kept: string[] = [];
  let isData = false;
  for (const line of stderr.trim().split('\n')) {
    if (shows.test(line)) isData = true;
    else if (/^[a-z_]+: |\b(ERROR|FATAL|PANIC): /.test(line)) isData = false;
    if (!isData) kept.push(line.replace(/: ".*$/, ': …'));
  }
  return kept.slice(-3).join(' ');
}

/** SQL that sets a database user's password. The server gets only the hash, because it may log statements. */

const before = 'hash:';
/** A lock on the role must not block the operator forever. */
const soon = "SET statement_timeout = '20s';\n";

/** Queries a user's current hash. `readHash` parses the result. */
export function askHash(user: string): string {
  return `SELECT '${before}' || coalesce(rolpassword, '') FROM pg_authid WHERE rolname = ${literal(user)};\n`;
}

/** The hash, empty if the user has no password; `undefined` if the user does not exist. */
export function readHash(answer: string): string | undefined {
  const line = answer.trim();
  return line.startsWith(before) ? line.slice(before.length) : undefined;
}

/** @param hash in PostgreSQL's format; an empty one removes the password */
export function setHash(user: string, hash: string): string {
  return `${soon}ALTER ROLE ${quoted(user)} PASSWORD ${hash === '' ? 'NULL' : literal(hash)};\n`;
}
