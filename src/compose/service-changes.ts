import { listOf, servicesIn } from './compose-text.ts';
import { edgeNetwork, networksIn } from './service-networks.ts';

/** What an update changes for the containers, in words: a container that may do less must not be a surprise. */

export interface ServiceChange {
  readonly service: string;
  /** Each is the end of a sentence that begins with the service. */
  readonly changes: readonly string[];
}

export interface ComposeTexts {
  readonly before: string;
  readonly after: string;
  /** The operator's own file, with its name. */
  readonly override: { readonly name: string; readonly text: string } | undefined;
  /** The services of the release. All others are the operator's. */
  readonly ofRelease: ReadonlySet<string>;
}

type Settings = Readonly<Record<string, unknown>>;

/** In the order of the services: those of the release, then those of the operator that lose a connection. */
export function serviceChanges(texts: ComposeTexts): ServiceChange[] {
  const { before, after } = texts;
  const [old, now] = [servicesIn(before), servicesIn(after)];
  const changed = [...now].flatMap(([service, { settings }]) => {
    const was = old.get(service)?.settings;
    const changes = was === undefined ? [] : changesOf(was, settings);
    return changes.length === 0 ? [] : [{ service, changes }];
  });
  return [...changed, ...lostReach(texts)];
}

function changesOf(was: Settings, is: Settings): string[] {
  const said = rules.flatMap((words) => words(was, is) ?? []);
  const others = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    (key) => !told.has(key) && !same(was[key], is[key]),
  );
  return [...said, ...(others.length === 0 ? [] : [`has other settings: ${others.join(', ')}`])];
}

type Words = (was: Settings, is: Settings) => string | undefined;

/** Says what became of a value, if it is another one. */
function rule<T>(of: (settings: Settings) => T, words: (now: T, old: T) => string): Words {
  return (was, is) => (same(of(was), of(is)) ? undefined : words(of(is), of(was)));
}

const rules: readonly Words[] = [
  rule(capabilities, (now) =>
    now === undefined
      ? "has the engine's own set of kernel capabilities again"
      : now.length === 0
        ? 'has no kernel capability any more'
        : `has no other kernel capabilities than ${now.join(', ')}`,
  ),
  rule(
    ({ security_opt }) => listOf(security_opt).includes('no-new-privileges:true'),
    (now) => (now ? 'cannot gain rights (no-new-privileges)' : 'can gain rights again'),
  ),
  rule(
    ({ read_only }) => read_only === true,
    (now) => `has a root file system that ${now ? 'cannot' : 'can'} be written`,
  ),
  rule(
    ({ tmpfs }) => listOf(tmpfs),
    (now) => (now.length === 0 ? 'has no folder in memory' : `has in memory: ${now.join(', ')}`),
  ),
  rule(
    ({ user }) => user,
    (now) => (now === undefined ? 'runs as the user of its image' : `runs as user ${now}`),
  ),
  rule(
    ({ group_add }) => listOf(group_add),
    (now, old) =>
      `is in group ${now.join(', ') || 'none'}, no longer in ${old.join(', ') || 'none'}`,
  ),
  rule(
    (settings) => limit(settings, 'pids'),
    (now) => (now === undefined ? 'has no limit of processes' : `has at most ${now} processes`),
  ),
  rule(
    (settings) => limit(settings, 'memory'),
    (now) => (now === undefined ? 'has no limit of memory' : `has at most ${now} of memory`),
  ),
  rule(
    ({ networks }) => listOf(networks ?? [edgeNetwork]),
    (now) => `is on ${now.length === 1 ? 'the network' : 'the networks'} ${now.join(', ')} only`,
  ),
];

/** The settings that the rules are about, and the image, which the plan shows by itself. */
const told = new Set(
  'cap_drop cap_add security_opt read_only tmpfs user group_add deploy networks image'.split(' '),
);

function capabilities({ cap_drop, cap_add }: Settings): string[] | undefined {
  return listOf(cap_drop).includes('ALL') ? listOf(cap_add) : undefined;
}

function limit({ deploy }: Settings, name: string): unknown {
  const { resources } = (deploy ?? {}) as { resources?: { limits?: Settings } };
  return resources?.limits?.[name];
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Services of the operator that no longer share a network with one of the release. */
function lostReach({ before, after, override, ofRelease }: ComposeTexts): ServiceChange[] {
  const own = override === undefined ? [] : [override.text];
  const [old, now] = [networksIn([before, ...own]), networksIn([after, ...own])];
  return [...now].flatMap(([service, networks]) => {
    if (ofRelease.has(service)) return [];
    const reaches = (all: typeof now, other: string) => {
      const theirs = all.get(other);
      return theirs !== undefined && [...(all.get(service) ?? [])].some((name) => theirs.has(name));
    };
    const lost = [...ofRelease].filter((other) => reaches(old, other) && !reaches(now, other));
    if (lost.length === 0) return [];
    const joined = [...networks, ...lost.flatMap((name) => [...(now.get(name) ?? [])].slice(0, 1))];
    const file = override?.name ?? 'docker-compose.yml';
    const remedy = `If it needs them, add to it in backend/${file}: networks: [${[...new Set(joined)].join(', ')}]`;
    return [{ service, changes: [`no longer reaches ${lost.join(', ')}. ${remedy}`] }];
  });
}
