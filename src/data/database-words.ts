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
