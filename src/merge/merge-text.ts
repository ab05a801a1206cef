import { diff3MergeRegions } from 'node-diff3';
import type { KeyChange, MergeOptions, MergeResult } from './result.ts';
import { stretchesOf } from './stretches.ts';
import { lineEndOf, splitLines, withLineEnd } from './unified-diff.ts';

/**
 * Merges a text without keys, such as an nginx site, line by line (diff3). If both sides
 * changed the same or adjacent lines, `onConflict` decides which side is kept, and the
 * conflict is reported with the path []. There are never conflict markers. Only conflicts are
 * reported; a diff shows all other changes.
 *
 * Line ends, and whether the last line has one, are also merged three-way.
 *
 * @param base the last pristine render
 * @param current the operator's file
 * @param incoming the new render
 */
export function mergeText(
  base: string,
  current: string,
  incoming: string,
  options: MergeOptions,
): MergeResult {
  if (incoming === base || current === incoming) return merged(current, 'current', []);
  if (current === base) return merged(incoming, 'incoming', []);

  const texts = alignLineEnds({ base, current, incoming });
  const ours = splitLines(texts.current);
  const pieces: string[][] = [];
  const changes: KeyChange[] = [];
  let written = 0;
  const write = (lines: string[]) => {
    pieces.push(lines);
    written += lines.length;
  };
  let at = 0;
  const stretches = stretchesOf([ours, splitLines(texts.base), splitLines(texts.incoming)]);
  for (const { starts, lines } of stretches) {
    const [own = [], old = [], theirs = []] = lines;
    write(ours.slice(at, starts[0]));
    at = (starts[0] ?? 0) + own.length;
    for (const region of diff3MergeRegions(own, old, theirs)) {
      if (region.stable) {
        write(region.bufferContent);
        continue;
      }
      if (region.aContent.join('') !== region.bContent.join('')) {
        changes.push({ path: [], kind: 'conflict', line: written + 1 });
      }
      write(options.onConflict === 'theirs' ? region.bContent : region.aContent);
    }
  }
  write(ours.slice(at));
  const text = texts.finish(pieces.flat().join(''));
  return merged(
    text,
    text === current ? 'current' : text === incoming ? 'incoming' : 'both',
    changes,
  );
}

function merged(
  text: string,
  from: 'current' | 'incoming' | 'both',
  changes: readonly KeyChange[],
): MergeResult {
  return { kind: 'merged', text, from, changes };
}

interface Texts {
  readonly base: string;
  readonly current: string;
  readonly incoming: string;
}

/**
 * Converts all three texts to the line ends of the result, so that lines which differ only in
 * their line end are equal, and ends every last line. `finish` removes the last line end if it is
 * not wanted. An operator's file with mixed line ends is unchanged.
 */
function alignLineEnds(texts: Texts): Texts & { finish: (text: string) => string } {
  const [was, is, willBe] = [texts.base, texts.current, texts.incoming].map(lineEndOf);
  const wanted = is === was ? (willBe ?? is) : is;
  const align = (text: string) => {
    const aligned = is === undefined || wanted === undefined ? text : withLineEnd(text, wanted);
    return isEnded(aligned) ? aligned : aligned + (wanted ?? '\n');
  };
  const changed = isEnded(texts.current) !== isEnded(texts.base);
  const ended = isEnded(changed ? texts.current : texts.incoming);
  return {
    base: align(texts.base),
    current: align(texts.current),
    incoming: align(texts.incoming),
    finish: (text) => (ended ? text : text.replace(/\r?\n$/, '')),
  };
}

function isEnded(text: string): boolean {
  return text === '' || text.endsWith('\n');
}
