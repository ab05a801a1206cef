/**
 * The roles of a database as `pg_dumpall --roles-only` writes them. The values in it are other people's text: a role without
 * any right can set a parameter of its own to text with line breaks and SQL. So the text is read as SQL, only the statements that
 * pg_dumpall writes are accepted, and what is run is written from the tokens again.
 */

/** Text that pg_dumpall does not write. The message has the line and none of the text, which contains password hashes. */
export class RolesFault extends Error {
  readonly line: number;

  constructor(line: number, reason: string) {
    super(`line ${line} of the database roles ${reason}`);
    this.line = line;
  }
}

const unknown = 'is not a statement of pg_dumpall';

export interface RoleStatements {
  /** `CREATE ROLE` statements, each with its semicolon. */
  readonly create: readonly string[];
  /** All others in their order: attributes, passwords, settings, comments, memberships. */
  readonly others: readonly string[];
}

interface Token {
  /** What the shapes below see: never other people's text, except for an unquoted name. */
  readonly shape: string;
  readonly sql: string;
}

/** pg_dumpall writes keywords in upper case, and quotes each name that is not lower case (fmtId, string_utils.c). */
const name = '(?:"|[a-z_][a-z0-9_$]*)';
const flag = '(?:NO)?(?:SUPERUSER|INHERIT|CREATEROLE|CREATEDB|LOGIN|REPLICATION|BYPASSRLS)';
const option = `(?:${flag}|CONNECTION LIMIT (?:- )?0|PASSWORD (?:'|NULL)|VALID UNTIL ')`;
const grantOption = '(?:ADMIN (?:OPTION|TRUE|FALSE)|INHERIT (?:TRUE|FALSE)|SET (?:TRUE|FALSE))';
const privilege = '(?:ALL(?: PRIVILEGES)?|SET|ALTER SYSTEM)';
const grantee = `(?:PUBLIC|${name})`;

/** The statements of pg_dumpall.c in PostgreSQL 10 to 18. `"` is a quoted name, `'` a string, `0` a number. */
const shapes = {
  create: [`CREATE ROLE ${name}`],
  others: [
    `ALTER ROLE ${name} WITH(?: ${option})+`,
    `ALTER ROLE ${name}(?: IN DATABASE ${name})? SET ${name} TO '(?: , ')*`,
    `COMMENT ON ROLE ${name} IS '`,
    `SECURITY LABEL FOR (?:'|${name}) ON ROLE ${name} IS '`,
    `GRANT ${name} TO ${name}(?: WITH ${grantOption}(?: , ${grantOption})*)?(?: GRANTED BY ${name})?`,
    `GRANT ${privilege}(?: , ${privilege})* ON PARAMETER ${name} TO ${grantee}(?: WITH GRANT OPTION)?`,
    `REVOKE ${privilege}(?: , ${privilege})* ON PARAMETER ${name} FROM ${grantee}`,
    `SET SESSION AUTHORIZATION (?:'|${name}|DEFAULT)`,
    'RESET SESSION AUTHORIZATION',
  ],
  /** For the session of a script. Ours has its own settings, and what is run does not depend on these. */
  ignored: [
    "SET (?:client_encoding|default_transaction_read_only|standard_conforming_strings|escape_string_warning) = (?:'|on|off)",
    "SELECT pg_catalog \\. set_config \\( ' , ' , false \\)",
  ],
};

const kinds = Object.entries(shapes).map(
  ([kind, of]) => [kind as keyof typeof shapes, new RegExp(`^(?:${of.join('|')})$`)] as const,
);

/** @throws RolesFault */
export function readRoles(text: string): RoleStatements {
  const statements: Record<keyof typeof shapes, string[]> = { create: [], others: [], ignored: [] };
  for (const { line, tokens } of statementsOf(text)) {
    const shape = tokens.map((token) => token.shape).join(' ');
    const kind = kinds.find(([, pattern]) => pattern.test(shape))?.[0];
    if (kind === undefined) throw new RolesFault(line, unknown);
    statements[kind].push(`${tokens.map(({ sql }) => sql).join(' ')};`);
  }
  return statements;
}

/** What is not quoted, each at the place where the last one ended. */
const plain = {
  // Both the server and psql end a comment at either of them (scan.l, psqlscan.l).
  space: /[ \t\n\r\f]+|--[^\n\r]*/y,
  word: /[A-Za-z_][A-Za-z0-9_$]*(?![A-Za-z0-9_$'"])/y,
  number: /[0-9]+/y,
  symbol: /[-=,.()]/y,
  end: /;/y,
  /** The commands of psql around a dump since August 2025, on a line of their own. */
  command: /(?<=^|\n)\\(?:un)?restrict [A-Za-z0-9]+(?=\n|$)/y,
};

interface Lexeme {
  readonly kind: keyof typeof plain | 'quoted';
  readonly length: number;
  readonly token: Token;
}

function* statementsOf(text: string): Generator<{ line: number; tokens: Token[] }> {
  let tokens: Token[] = [];
  let [line, begun] = [1, 1];
  for (let index = 0; index < text.length; ) {
    const { kind, length, token } = quotedAt(text, index, line) ?? plainAt(text, index, line);
    if (kind === 'command' && tokens.length > 0) throw new RolesFault(line, unknown);
    if (tokens.length === 0) begun = line;
    if (kind === 'end') {
      if (tokens.length > 0) yield { line: begun, tokens };
      tokens = [];
    } else if (kind !== 'space' && kind !== 'command') tokens.push(token);
    line += text.slice(index, index + length).split('\n').length - 1;
    index += length;
  }
  if (tokens.length > 0) throw new RolesFault(begun, 'is not complete');
}

function plainAt(text: string, index: number, line: number): Lexeme {
  for (const [kind, pattern] of Object.entries(plain)) {
    pattern.lastIndex = index;
    const all = pattern.exec(text)?.[0];
    if (all === undefined) continue;
    const token = { shape: kind === 'number' ? '0' : all, sql: all };
    return { kind: kind as keyof typeof plain, length: all.length, token };
  }
  throw new RolesFault(line, unknown);
}

/** A name or a string. Without a regular expression, because it may be large. */
function quotedAt(text: string, index: number, line: number): Lexeme | undefined {
  const isEscaped = text.startsWith("E'", index);
  const start = isEscaped ? index + 2 : index + 1;
  const quote = text[start - 1];
  if (quote !== '"' && quote !== "'") return undefined;
  let end = text.indexOf(quote, start);
  while (end !== -1 && text[end + 1] === quote) end = text.indexOf(quote, end + 2);
  if (end === -1) throw new RolesFault(line, 'has a quote that does not end');
  const content = text.slice(start, end).replaceAll(quote + quote, quote);
  const lexeme = { kind: 'quoted', length: end + 1 - index } as const;
  if (quote === '"') {
    // pg_dumpall writes names into comments, where a line break would end the comment.
    if (/[\n\r]/.test(content)) throw new RolesFault(line, 'has a name with a line break');
    if (content === '') throw new RolesFault(line, unknown);
    return { ...lexeme, token: { shape: '"', sql: `"${content.replaceAll('"', '""')}"` } };
  }
  // pg_dumpall writes text with a backslash as E'…\\…' (appendStringLiteralConn), so that no setting changes its meaning.
  const value = isEscaped ? content.replaceAll('\\\\', '') : content;
  if (value.includes('\\'))
    throw new RolesFault(line, 'has a backslash that pg_dumpall does not write');
  const meant = isEscaped ? content.replaceAll('\\\\', '\\') : content;
  return { ...lexeme, token: { shape: "'", sql: literal(meant) } };
}

/** A string that means the same with every setting of the server. */
export function literal(value: string): string {
  const doubled = value.replaceAll("'", "''");
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}
