import { quoted } from './restore-sql.ts';

/** SQL that gives a user of the database a password. The server gets its hash alone: it may write statements to its log. */

const before = 'hash:';
/** Whoever holds the role locked must not keep an operator waiting for ever. */
const soon = "SET statement_timeout = '20s';\n";

/** Asks for the hash that a user has now; to be read by `readHash`. */
export function askHash(user: string): string {
  return `SELECT '${before}' || coalesce(rolpassword, '') FROM pg_authid WHERE rolname = ${text(user)};\n`;
}

/** The hash, empty where the user has no password; `undefined` where there is no such user. */
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
