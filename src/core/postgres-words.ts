/**
 * What PostgreSQL says of a failure, without what it quotes of people's data: DETAIL has the values of a row, CONTEXT a
 * line that was copied, QUERY, LINE and `Command was` the statement (postgresql.org/docs, "Error and Notice Messages").
 */
export function withoutRows(stderr: string): string {
  return stderr
    .split('\n')
    .filter(
      (line) =>
        !/^\s*(?:pg_restore: )?(?:DETAIL|CONTEXT|QUERY|STATEMENT|LINE \d+|Command was)\b/.test(
          line,
        ),
    )
    .join('\n');
}
