/**
 * Makes the three-way decisions, key by key, and the resulting edits of the operator's text.
 * Rules: DESIGN.md, "Update is a three-way merge".
 */
import type { ListNode, TableNode, TomlNode } from '../../toml/document.ts';
import type { KeyChange, KeyPath, OnConflict } from '../result.ts';
import { inlineTableOf, type Place } from './toml-insertions.ts';
import {
  hasMoved,
  type Identity,
  type IsKnown,
  identityOf,
  identityValue,
  isDeclared,
  isUntouched,
  labelsOf,
  leafPaths,
  pairOf,
  remarksUntouched,
  sameNode,
} from './toml-nodes.ts';
import { mergeNotes } from './toml-notes.ts';
import type { TomlSplicer } from './toml-splicer.ts';

/** One key, or element, in the three files. */
interface Sides<T extends TomlNode = TomlNode> {
  readonly base?: T | undefined;
  readonly current?: T | undefined;
  readonly incoming?: T | undefined;
}

/** The position of the key, for the report and in the operator's text. */
interface Spot {
  readonly path: KeyPath;
  readonly place: Place;
}

export class TomlWalk {
  readonly changes: KeyChange[] = [];
  readonly #splicer: TomlSplicer;
  readonly #isKnown: IsKnown;
  readonly #vendorWins: boolean;

  constructor(splicer: TomlSplicer, isKnown: IsKnown, onConflict: OnConflict) {
    this.#splicer = splicer;
    this.#isKnown = isKnown;
    this.#vendorWins = onConflict === 'theirs';
  }

  /** @param current the tree of the text that the splicer changes */
  merge(base: TableNode, current: TableNode, incoming: TableNode): void {
    const spot = { path: [], place: { table: current, names: [] } };
    this.#meet(base, current, incoming);
    this.#tables({ base, current, incoming }, spot);
  }

  /** Two tables are the same: their comments are merged, and additions can go into it. */
  #meet(base: TableNode | undefined, current: TableNode, incoming: TableNode): void {
    this.#splicer.insertions.match(current, incoming);
    if (base) this.#splicer.updateRemarks(base, current, incoming);
    mergeNotes(this.#splicer, base, current, incoming);
  }

  /** Each of these returns whether the key exists in the result. */
  #node(sides: Sides, spot: Spot): boolean {
    if (areAll(sides, 'table')) return this.#table(sides as Sides<TableNode>, spot);
    if (areAll(sides, 'list')) return this.#list(sides as Sides<ListNode>, spot);
    return this.#value(sides, spot);
  }

  #value(sides: Sides, spot: Spot): boolean {
    const { base, current, incoming } = sides;
    if (current && incoming) return this.#both(base, current, incoming, spot);
    if (current) return this.#dropped(base, current, spot);
    return incoming ? this.#absent(base, incoming, spot) : false;
  }

  /** Both the operator and the vendor have it. */
  #both(base: TomlNode | undefined, current: TomlNode, incoming: TomlNode, spot: Spot): boolean {
    this.#splicer.insertions.match(current, incoming);
    if (base && base.kind === current.kind && current.kind === incoming.kind) {
      this.#splicer.updateRemarks(base, current, incoming);
    }
    if (sameNode(current, incoming)) return true;
    if (base && sameNode(base, current)) {
      this.#splicer.replace(spot.place, base, current, incoming);
      this.#report('changed', spot);
    } else if (base && sameNode(base, incoming)) {
      this.#report('kept', spot);
    } else {
      this.#report('conflict', spot);
      if (this.#vendorWins) this.#splicer.replace(spot.place, base, current, incoming);
    }
    return true;
  }

  /** The operator has it, the vendor does not. */
  #dropped(base: TomlNode | undefined, current: TomlNode, spot: Spot): boolean {
    if (!base || !isUntouched(base, current, this.#isKnown)) {
      this.#reportAll('kept', current, spot);
      return true;
    }
    this.#splicer.remove(base, current);
    this.#reportAll('removed', current, spot);
    return false;
  }

  /** The vendor has it, the operator does not. */
  #absent(base: TomlNode | undefined, incoming: TomlNode, spot: Spot): boolean {
    const comes = this.#comesIn(base, incoming, spot);
    if (comes) this.#splicer.add(spot.place, incoming);
    return comes;
  }

  /** Whether a missing key is added to the operator's file. */
  #comesIn(base: TomlNode | undefined, incoming: TomlNode, spot: Spot): boolean {
    if (!base) {
      this.#reportAll('added', incoming, spot);
      return true;
    }
    const isOld = sameNode(base, incoming);
    this.#report(isOld ? 'kept' : 'conflict', spot);
    return !isOld && this.#vendorWins;
  }

  #table(sides: Sides<TableNode>, spot: Spot): boolean {
    const { base, current, incoming } = sides;
    if (!current && incoming) {
      // A table that was written explicitly was deleted as a whole: no part of it comes back.
      if (!base || isDeclared(base)) return this.#absent(base, incoming, spot);
      return this.#tables(sides, spot);
    }
    if (!current) return false;
    if (!base && !incoming) return this.#dropped(base, current, spot);
    if (!incoming) return this.#droppedTable(sides, current, spot);
    this.#meet(base, current, incoming);
    const alive = this.#tables(sides, { ...spot, place: { table: current, names: [] } });
    if (alive || isDeclared(current)) return true;
    if (!isDeclared(incoming) || (base && isDeclared(base))) return false;
    this.#splicer.insertions.declare(spot.place, incoming);
    this.#report('added', spot);
    return true;
  }

  #droppedTable(sides: Sides<TableNode>, current: TableNode, spot: Spot): boolean {
    const { base } = sides;
    const alive = this.#tables(sides, { ...spot, place: { table: current, names: [] } });
    if (alive || !isDeclared(current)) return alive;
    if (base && isDeclared(base) && remarksUntouched(base, current, this.#isKnown)) {
      this.#splicer.removeDeclaration(base, current);
      if (current.children.size === 0) this.#report('removed', spot);
      return false;
    }
    this.#report('kept', spot);
    return true;
  }

  #tables({ base, current, incoming }: Sides<TableNode>, { path, place }: Spot): boolean {
    let alive = false;
    let after = current ? undefined : place.after;
    const visit = (key: string): void => {
      const sides = {
        base: base?.children.get(key),
        current: current?.children.get(key),
        incoming: incoming?.children.get(key),
      };
      const { table, names } = place;
      const here = { table, names: [...names, key], ...(after && { after }) };
      const stands = this.#node(sides, { path: [...path, key], place: here });
      alive ||= stands;
      if (stands && sides.current) after = pairOf(sides.current) ?? after;
    };
    for (const key of incoming?.children.keys() ?? []) visit(key);
    for (const key of current?.children.keys() ?? []) {
      if (!incoming?.children.has(key)) visit(key);
    }
    return alive;
  }

  #list(sides: Sides<ListNode>, spot: Spot): boolean {
    const { base, current, incoming } = sides;
    if ([base, current, incoming].filter(Boolean).length === 1) return this.#value(sides, spot);
    const identity = identityOf([base, current, incoming].filter((list) => list !== undefined));
    if (identity === undefined && indexIsUnsure(sides)) return this.#value(sides, spot);
    if (!current && incoming && inlineTableOf(spot.place.table)) {
      return this.#elementsInline(base, incoming, identity, spot);
    }
    return this.#elements(sides, identity, spot);
  }

  /** An inline table cannot contain sections, so additions are inserted as one array. */
  #elementsInline(
    base: ListNode | undefined,
    incoming: ListNode,
    identity: Identity | undefined,
    { path, place }: Spot,
  ): boolean {
    const before = byKey(base, identity);
    const elements: TableNode[] = [];
    for (const [key, [element, label]] of byKey(incoming, identity)) {
      const spot = { path: [...path, label], place };
      if (this.#comesIn(before.get(key)?.[0], element, spot)) elements.push(element);
    }
    if (elements.length > 0) this.#splicer.add(place, { ...incoming, elements });
    return elements.length > 0;
  }

  #elements(
    { base, current, incoming }: Sides<ListNode>,
    identity: Identity | undefined,
    { path, place }: Spot,
  ): boolean {
    const before = byKey(base, identity);
    const here = byKey(current, identity);
    const there = byKey(incoming, identity);
    let alive = false;
    let after: TableNode | undefined;
    for (const [key, [element, label]] of there) {
      const inList = current && { list: current, ...(after && { after }) };
      const spot = { path: [...path, label], place: { ...place, ...(inList && { inList }) } };
      const sides = { base: before.get(key)?.[0], current: here.get(key)?.[0], incoming: element };
      const stands = this.#element(sides, identity !== undefined, spot);
      alive ||= stands;
      if (stands && sides.current) after = sides.current;
    }
    for (const [key, [element, label]] of here) {
      if (there.has(key)) continue;
      const spot = { path: [...path, label], place };
      const stands = this.#dropped(before.get(key)?.[0], element, spot);
      alive ||= stands;
    }
    return alive;
  }

  /** An element is kept or removed as a whole: without its other keys, the rest has no meaning. */
  #element(sides: Sides<TableNode>, isNamed: boolean, spot: Spot): boolean {
    const { base, current, incoming } = sides;
    if (!current || !incoming || !(base || isNamed)) return this.#value(sides, spot);
    this.#meet(base, current, incoming);
    this.#tables(sides, { path: spot.path, place: { table: current, names: [] } });
    return true;
  }

  #report(kind: KeyChange['kind'], { path }: Spot): void {
    this.changes.push({ path, kind });
  }

  #reportAll(kind: KeyChange['kind'], node: TomlNode, { path }: Spot): void {
    for (const leaf of leafPaths(node, path)) this.changes.push({ path: leaf, kind });
  }
}

function areAll({ base, current, incoming }: Sides, kind: TomlNode['kind']): boolean {
  return [base, current, incoming].every((node) => node === undefined || node.kind === kind);
}

/** Whether an index may mean a different element in each file, so that only the whole list can be compared. */
function indexIsUnsure({ base, current, incoming }: Sides<ListNode>): boolean {
  if (!current || !base) return true;
  if (!incoming || sameNode(base, current) || sameNode(base, incoming)) return false;
  return hasMoved(base, current) || hasMoved(base, incoming);
}

/** The elements of a list with their identifying labels, in order. */
function byKey(
  list: ListNode | undefined,
  identity: Identity | undefined,
): Map<string, [TableNode, string | number]> {
  const labels = list && identity ? labelsOf(list, identity) : [];
  return new Map(
    list?.elements.map((element, n) => [
      (identity && identityValue(element, identity)) ?? String(n),
      [element, labels[n] ?? n],
    ]),
  );
}
