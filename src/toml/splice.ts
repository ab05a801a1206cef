/** Changes of a text by offsets. Everything outside the edits keeps its bytes. */
import type { Block, InlineTable, Pair, TomlDocument } from './document.ts';

export interface TextEdit {
  readonly start: number;
  /** Exclusive; equal to `start` for an insertion. */
  readonly end: number;
  readonly text: string;
}

/**
 * Applies edits whose offsets refer to the given text. Edits at one offset are applied in the given
 * order, insertions before replacements.
 * @throws RangeError if two edits overlap
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const sorted = [...edits].sort(
    (a, b) => a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start),
  );
  const parts: string[] = [];
  let done = 0;
  for (const edit of sorted) {
    if (edit.start < done) throw new RangeError('Two edits overlap');
    parts.push(text.slice(done, edit.start), edit.text);
    done = edit.end;
  }
  parts.push(text.slice(done));
  return parts.join('');
}

/** The insertion of whole lines (each with its line end) after the line that ends at `offset`. */
export function insertLines(document: TomlDocument, offset: number, lines: string): TextEdit {
  const { text, start, eol } = document;
  const unfinished = offset > start && text[offset - 1] !== '\n';
  return { start: offset, end: offset, text: (unfinished ? eol : '') + lines };
}

/**
 * Removes blocks. Of the blank lines around a run of blocks, the longest gap stays. No blank lines are left at
 * the top of the file, or added between a header and its content.
 * @param filled offsets where lines are inserted, which divide such a run
 */
export function removeBlocks(
  document: TomlDocument,
  removed: ReadonlySet<Block>,
  filled: ReadonlySet<number> = new Set(),
): TextEdit[] {
  const edits: TextEdit[] = [];
  let run: Block[] = [];
  let above: Block | 'top' | 'filled' = 'top';
  const close = (kept: Block | undefined, next?: Block): void => {
    for (const block of next && run.length > 0 ? [...run, next] : run) {
      if (block !== kept && block.gap < block.start) edits.push(cut(block.gap, block.start));
    }
    run = [];
  };
  for (const [index, block] of document.blocks.entries()) {
    if (filled.has(block.gap)) {
      close(undefined);
      above = 'filled';
    }
    if (removed.has(block)) {
      edits.push(cut(block.start, block.end));
      run.push(block);
      continue;
    }
    const next = document.blocks[index + 1];
    const asBefore = above === 'top' || (above !== 'filled' && isHeaderOf(above, block));
    if (endsSection(block, next)) close(block, block);
    else close(asBefore ? run[0] : longestGap([...run, block]), block);
    above = block;
  }
  close(undefined);
  return edits;
}

/** Comments about the file or the next header must not become comments about this block. */
function isHeaderOf(above: Block, block: Block): boolean {
  if (above.kind !== 'header' || block.kind === 'header') return false;
  return block.kind === 'statement' || above.section.items.includes(block);
}

/** Comments directly below the last key of a section belong to it. After a blank line they belong to the file or the next section. */
function endsSection(block: Block, next: Block | undefined): boolean {
  const touches = block.kind === 'note' && block.gap === block.start;
  return touches && (next === undefined || next.kind === 'header');
}

function longestGap(blocks: readonly Block[]): Block | undefined {
  let longest = blocks[0];
  for (const block of blocks) {
    if (longest && block.start - block.gap > longest.start - longest.gap) longest = block;
  }
  return longest;
}

export interface InlineInsert {
  /** `key = value` */
  readonly text: string;
  /** The pair it follows; absent: it comes first. */
  readonly after?: Pair;
}

/** Removes pairs from an inline table and inserts others, including commas. */
export function editInlineTable(
  table: InlineTable,
  removed: ReadonlySet<Pair>,
  inserts: readonly InlineInsert[],
): TextEdit[] {
  const edits: TextEdit[] = [];
  const first = table.pairs.find((pair) => !removed.has(pair));
  if (first === undefined) {
    const [from, to] = [table.start + 1, table.end - 1];
    const text = inserts.map((insert) => insert.text).join(', ');
    return [{ start: from, end: to, text: text && ` ${text} ` }];
  }
  let previous: Pair | undefined;
  for (const pair of table.pairs) {
    const { start } = pair.keyRange;
    if (pair === first && previous) edits.push(cut(table.pairs[0]?.keyRange.start ?? start, start));
    if (removed.has(pair) && previous && start > first.keyRange.start) {
      edits.push(cut(previous.valueRange.end, pair.valueRange.end));
    }
    previous = pair;
  }
  for (const { text, after } of inserts) {
    if (after === undefined) edits.push(put(first.keyRange.start, `${text}, `));
    else edits.push(put(after.valueRange.end, `, ${text}`));
  }
  return edits;
}

function cut(start: number, end: number): TextEdit {
  return { start, end, text: '' };
}

function put(offset: number, text: string): TextEdit {
  return { start: offset, end: offset, text };
}
