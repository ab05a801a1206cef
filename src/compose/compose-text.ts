import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';
import { wildYaml } from '../lib/text/text-limits.ts';

/**
 * Services as one Compose file has them: where Compose itself cannot be asked, or for the lines of the file. Aliases and
 * merge keys are resolved; variables, `extends` and `include` are not.
 */

/** What a tag does to the same setting of the files before (Compose specification, "Merge", reset and replace). */
export type MergeTag = '!reset' | '!override';

export interface TextService {
  /** The line of its name, from 1. */
  readonly line: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** By setting; that of the service itself by the empty text. */
  readonly tags: ReadonlyMap<string, MergeTag>;
}

/** The services of a Compose file by name; empty if it cannot be parsed. Compose itself rejects such a file. */
export function servicesIn(text: string): Map<string, TextService> {
  const services = new Map<string, TextService>();
  const lines = new LineCounter();
  const read = attempt(text, lines);
  const all = read?.data.services;
  if (read === undefined || !isRecord(all)) return services;
  const { document } = read;
  const node = resolved(document, document.get('services', true));
  const places = pairsOf(document, node);
  for (const [name, settings] of Object.entries(all)) {
    const place = places.get(name);
    const tags = new Map([['', tagOf(place?.value)]]);
    for (const [setting, { value }] of pairsOf(document, place?.value)) {
      tags.set(setting, tagOf(value));
    }
    const known = [...tags].filter((entry): entry is [string, MergeTag] => entry[1] !== undefined);
    // Compose rejects any other key, and any key without a mapping. Such a key may be a misplaced value, even a secret.
    if (!/^[a-zA-Z0-9._-]+$/.test(name) || !(isRecord(settings) || known.length > 0)) continue;
    const { line } = lines.linePos((place?.key ?? node)?.range?.[0] ?? 0);
    services.set(name, {
      line,
      settings: isRecord(settings) ? settings : {},
      tags: new Map(known),
    });
  }
  return services;
}

/** The project that a Compose file names; `undefined` if it does not, or cannot be parsed. */
export function projectIn(text: string): string | undefined {
  const name = attempt(text, new LineCounter())?.data.name;
  return typeof name === 'string' ? name : undefined;
}

/** The files that `configs` and `secrets` of a Compose file name, as they stand there. */
export function namedFilesIn(text: string): string[] {
  const { configs, secrets } = attempt(text, new LineCounter())?.data ?? {};
  return [configs, secrets]
    .flatMap((named) => (isRecord(named) ? Object.values(named) : []))
    .flatMap((each) => (isRecord(each) && typeof each.file === 'string' ? [each.file] : []));
}

/**
 * The networks that a file makes external ones. Compose then rejects every other setting of such a network (compose-go,
 * "conflicting parameters").
 */
export function foreignNetworksIn(text: string): ReadonlySet<string> {
  return networksWhere(text, ({ external = false }) => external !== false);
}

/** The services for which a file publishes a port. */
export function publishedIn(text: string): string[] {
  return [...servicesIn(text)].flatMap(
    ([
      name,
      {
        settings: { ports },
      },
    ]) => (Array.isArray(ports) && ports.length > 0 ? [name] : []),
  );
}

/** The networks that a file gives addresses of IPv6. */
export function ipv6NetworksIn(text: string): ReadonlySet<string> {
  return networksWhere(text, ({ enable_ipv6 }) => enable_ipv6 === true);
}

function networksWhere(
  text: string,
  is: (network: Readonly<Record<string, unknown>>) => boolean,
): ReadonlySet<string> {
  const { networks } = attempt(text, new LineCounter())?.data ?? {};
  const all = isRecord(networks) ? Object.entries(networks) : [];
  return new Set(
    all.flatMap(([name, network]) => (isRecord(network) && is(network) ? [name] : [])),
  );
}

/** A list, the keys of a mapping, or one value. */
export function listOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'object' ? Object.keys(value) : [String(value)];
}

interface Read {
  readonly document: Document.Parsed;
  readonly data: Readonly<Record<string, unknown>>;
}

function attempt(text: string, lineCounter: LineCounter): Read | undefined {
  if (wildYaml(text) !== undefined) return undefined;
  try {
    const options = { lineCounter, merge: true, uniqueKeys: false, prettyErrors: false };
    const document = parseDocument(text, options);
    const data: unknown = document.toJS({ maxAliasCount: 1000 });
    return isRecord(data) ? { document, data } : undefined;
  } catch {
    // An alias without an anchor, too many aliases, or nesting that overflows the stack.
    return undefined;
  }
}

interface Place {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

/** What is written in a mapping itself, without its merge keys. */
function pairsOf(document: Document, node: Node | undefined): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const { key, value } of isMap(node) ? node.items : []) {
    if (!isScalar(key)) continue;
    places.set(String(key.value), { key, value: resolved(document, value) });
  }
  return places;
}

function resolved(document: Document, node: unknown): Node | undefined {
  return (isAlias(node) ? node.resolve(document) : node) as Node | undefined;
}

function tagOf(node: Node | undefined): MergeTag | undefined {
  const tag = node?.tag;
  return tag === '!reset' || tag === '!override' ? tag : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
