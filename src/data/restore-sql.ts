/** SQL for a restore: the new database is loaded beside the present one, and takes its name in one transaction. */

/** The database that is being loaded, and the one that was replaced, until both are dropped. */
export function loadingName(database: string): string {
  return `${database}_restoring`;
}

export function replacedName(database: string): string {
  return `${database}_replaced`;
}

/** An empty database to load into; what a killed restore left of one goes. */
export function makeLoading(database: string): string {
  return `${dropLoading(database)}CREATE DATABASE ${quoted(loadingName(database))} TEMPLATE template0;\n`;
}

export function dropLoading(database: string): string {
  return `DROP DATABASE IF EXISTS ${quoted(loadingName(database))};\n`;
}

export function dropReplaced(database: string): string {
  return `DROP DATABASE IF EXISTS ${quoted(replacedName(database))};\n`;
}

/** `1` where a cluster has the database. */
export function hasDatabase(database: string): string {
  return `SELECT 1 FROM pg_database WHERE datname = '${database.replaceAll("'", "''")}';\n`;
}

/** Of pg_dumpall's roles those lines that make one, each by itself: most of them exist already. */
export function missingRoles(roles: string): string {
  return lines(roles, (line) => makesRole(line));
}

/**
 * Roles with their passwords as they were, and the new database in the place of the old one; all of it or nothing.
 * @param replaces whether there is a database of that name
 */
export function swapIn(database: string, roles: string, replaces: boolean): string {
  return [
    'BEGIN;\n',
    lines(roles, (line) => !makesRole(line)),
    replaces ? rename(database, replacedName(database)) : '',
    rename(loadingName(database), database),
    'COMMIT;\n',
  ].join('');
}

/**
 * The reverse of `swapIn`: the old database has its name again, the new one is as it was loaded.
 * @param roles as they were before
 * @param replaced whether there was a database of that name
 */
export function swapOut(database: string, roles: string, replaced: boolean): string {
  return [
    'BEGIN;\n',
    lines(roles, (line) => !makesRole(line)),
    rename(database, loadingName(database)),
    replaced ? rename(replacedName(database), database) : '',
    'COMMIT;\n',
  ].join('');
}

function rename(from: string, to: string): string {
  return `ALTER DATABASE ${quoted(from)} RENAME TO ${quoted(to)};\n`;
}

function makesRole(line: string): boolean {
  return /^CREATE ROLE .*;$/.test(line);
}

function lines(text: string, wanted: (line: string) => boolean): string {
  return text
    .split('\n')
    .filter(wanted)
    .map((line) => `${line}\n`)
    .join('');
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What follows an error and may show rows, statements or the passwords in them (errcontext, libpq's verbosity). */
const shows = /^\s*(CONTEXT|DETAIL|HINT|STATEMENT|QUERY|LINE \d+|Command was|COPY)\b/;

/**
 * What psql, pg_restore or docker said last, without data: a value stands behind a colon, in quotes, and a statement or a row behind
 * a word of its own, up to the next line that a program begins with its name or that says `ERROR`.
 * @param stderr as it was printed
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

/** SQL that gives a user of the database a password. The server gets its hash alone: it may write statements to its log. */

const before = 'hash:';
/** Whoever holds the role locked must not keep an operator waiting for ever. */
const soon = "SET statement_timeout = '20s';\n";

/** Asks for the hash that a user has now; to be read by `readHash`. */
export function askHash(user: string): string {
  return `SELECT '${before}' || coalesce(rolpassword, '') FROM pg_authid WHERE rolname = ${text(user)};\n`;
}

/** The hash, empty if the user has no password; `undefined` if there is no such user. */
export function readHash(answer: string): string | undefined {
  const line = answer.trim();
  return line.startsWith(before) ? line.slice(before.length) : undefined;
}

/** @param hash as PostgreSQL keeps it; an empty one takes the password away */
export function setHash(user: string, hash: string): string {
  return `${soon}ALTER ROLE ${quoted(user)} PASSWORD ${hash === '' ? 'NULL' : text(hash)};\n`;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
