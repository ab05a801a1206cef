import type { Outcome, Outcomes } from './decide.ts';
import { dropLine } from './drop.ts';
import { markText, mergeFlow } from './flow.ts';
import { type BodySides, mergeGaps } from './gaps.ts';
import { insertAdded } from './insert.ts';
import type { Body, Entry, Sides } from './layout.ts';
import { type BlockEntry, type EntrySides, type Loom, lineEdit, loomOf } from './loom.ts';
import type { YamlFile } from './read.ts';
import { type Edit, splice } from './splice.ts';
import { withhold } from './surplus.ts';
import { followTrail, replaceMark, replaceValue } from './values.ts';

/**
 * Writes the outcomes into the operator's text. Only changed ranges are modified; inserted
 * text adopts the operator's line ends and indentation.
 *
 * @param surplus how many of each vendor comment not to insert
 * @returns the new text, in the form of the current file's `source`
 * @throws UnsafeMerge
 */
export function weave(
  files: Sides<YamlFile>,
  outcomes: Outcomes,
  surplus: ReadonlyMap<string, number> = new Map(),
): string {
  const bodies = {
    base: files.base.root,
    current: files.current.root,
    incoming: files.incoming.root,
  };
  const edits =
    bodies.current.style === 'block'
      ? weaveBody(loomOf(files, withhold(surplus)), bodies, outcomes)
      : [weaveFlow(files, bodies.current, bodies.incoming, outcomes)];
  return splice(files.current.source.text, edits);
}

/**
 * The order matters for edits at the same offset: text of the entry above comes before
 * an inserted entry, which comes before the gap of the entry below.
 */
function weaveBody(loom: Loom, bodies: BodySides, outcomes: Outcomes): Edit[] {
  const gaps = mergeGaps(loom.files, bodies, outcomes, loom.isSurplus);
  const edits: Edit[][] = [];
  for (const entry of bodies.current.entries.values()) {
    const outcome = outcomes.get(entry.key);
    if (outcome === undefined) continue;
    const sides = {
      base: bodies.base?.entries.get(entry.key),
      current: entry as BlockEntry,
      incoming: bodies.incoming.entries.get(entry.key),
    };
    edits.push(weaveEntry(loom, sides, outcome));
  }
  return [...edits.flat(), ...insertAdded(loom, bodies, outcomes, gaps), ...gaps.edits];
}

function weaveEntry(loom: Loom, sides: EntrySides, outcome: Outcome): Edit[] {
  const { base, current, incoming } = sides;
  if (outcome.do === 'drop') {
    return [lineEdit(loom, dropLine(loom.files, base, current), current.lines.end, '')];
  }
  if (incoming === undefined || (outcome.do === 'keep' && outcome.disputed)) return [];
  const value =
    outcome.do === 'take'
      ? replaceValue(loom, sides, incoming)
      : outcome.do === 'merge'
        ? mergeValue(loom, sides, incoming, outcome)
        : [];
  return [...value, ...followTrail(loom, sides)];
}

function mergeValue(
  loom: Loom,
  { base, current }: Omit<EntrySides, 'incoming'>,
  vendors: Entry,
  outcome: Extract<Outcome, { do: 'merge' }>,
): Edit[] {
  if (current.body === undefined || vendors.body === undefined) return [];
  const { files } = loom;
  const emptied = current.body.style === 'block' && isEmptied(current.body, outcome.entries);
  const edits: Edit[] = [];
  if (outcome.mark || emptied) {
    const mark = markText(outcome.mark ? vendors.node : current.node);
    const empty = current.body.kind === 'map' ? '{}' : '[]';
    edits.push(replaceMark(files.current, current, mark, emptied ? empty : ''));
  }
  if (current.body.style === 'flow') {
    return [...edits, weaveFlow(files, current.body, vendors.body, outcome.entries)];
  }
  const oldBody = base?.body?.kind === current.body.kind ? base.body : undefined;
  const bodies = { base: oldBody, current: current.body, incoming: vendors.body };
  return [...edits, ...weaveBody(loom, bodies, outcome.entries)];
}

function weaveFlow(files: Sides<YamlFile>, body: Body, vendors: Body, outcomes: Outcomes): Edit {
  const text = mergeFlow(files.current.source, body, files.incoming.source, vendors, outcomes);
  return { start: body.start, end: body.end, text };
}

/** An empty block becomes `{}` or `[]`: otherwise the value would be null. */
function isEmptied(body: Body, outcomes: Outcomes): boolean {
  for (const key of body.entries.keys()) if (outcomes.get(key)?.do !== 'drop') return false;
  for (const outcome of outcomes.values()) if (outcome.do === 'add') return false;
  return true;
}
