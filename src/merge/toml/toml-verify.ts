import type { TomlDocument } from '../../toml/document.ts';
import { type PlainTable, toPlain } from '../plain.ts';
import { meansSame } from './toml-plain-merge.ts';

/** Why a merged file must not be used, if so. */
export function findDoubt(
  base: TomlDocument,
  current: TomlDocument,
  result: TomlDocument,
  expected: PlainTable,
): string | undefined {
  if (!meansSame(expected, toPlain(result, new Set()))) {
    return 'The merged text does not mean what the merge of the values means';
  }
  return hasOwnComments(base, current, result)
    ? undefined
    : 'A comment of the operator is missing in the merged text';
}

/** Whether every comment that the operator wrote stands as often as they wrote it. */
function hasOwnComments(base: TomlDocument, current: TomlDocument, result: TomlDocument): boolean {
  const [before, after] = [countOf(base.comments), countOf(result.comments)];
  return [...countOf(current.comments)].every(
    ([comment, count]) => (after.get(comment) ?? 0) >= count - (before.get(comment) ?? 0),
  );
}

function countOf(comments: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const comment of comments) counts.set(comment, (counts.get(comment) ?? 0) + 1);
  return counts;
}
