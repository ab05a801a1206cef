import { applyEdits, findNodeAtLocation, modify, type Node, parseTree } from 'jsonc-parser';

/** Edits of a JSON text (an object, valid) that leave every byte as it is but those they are about. */

export function withoutMember(text: string, path: readonly string[]): string {
  return applyEdits(text, modify(text, [...path], undefined, {}));
}

/** Sets a member; a new one comes last in its object, and is set off as the one before it. */
export function withMember(text: string, path: readonly string[], value: string): string {
  const root = parseTree(text) as Node;
  const present = findNodeAtLocation(root, [...path]);
  if (present !== undefined) {
    return splice(text, present.offset, present.length, JSON.stringify(value));
  }
  let depth = path.length - 1;
  while (findNodeAtLocation(root, path.slice(0, depth)) === undefined) depth -= 1;
  const parent = findNodeAtLocation(root, path.slice(0, depth)) as Node;
  const member = path.slice(depth).reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const last = parent.children?.at(-1);
  if (last === undefined) return splice(text, parent.offset + 1, 0, membersOf(member));
  // By trimEnd, not by /\s*$/: that looks at every run of blanks from each of its characters.
  const before = text.slice(0, last.offset);
  const lead = before.slice(before.trimEnd().length);
  const line = lead.includes('\n') ? lead.slice(startOfLastLineEnd(lead)) : undefined;
  const written =
    line === undefined
      ? membersOf(member)
      : membersOf(member, line.replace(/\r?\n/, '')).replaceAll('\n', line);
  return splice(text, last.offset + last.length, 0, `,${lead}${written}`);
}

/** Of a text with a line end in it; a carriage return before it is a part of it. */
function startOfLastLineEnd(text: string): number {
  const newline = text.lastIndexOf('\n');
  return text[newline - 1] === '\r' ? newline - 1 : newline;
}

/** An object's members as JSON, without the braces around them. */
function membersOf(object: unknown, indent?: string): string {
  const [[key, value] = ['', '']] = Object.entries(object as object);
  return `${JSON.stringify(key)}: ${JSON.stringify(value, null, indent)}`;
}

function splice(text: string, offset: number, length: number, content: string): string {
  return text.slice(0, offset) + content + text.slice(offset + length);
}
