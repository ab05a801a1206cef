import type { KeyPath } from '../result.ts';

/**
 * Which lists of a service are sets, and what makes one of their elements the same element.
 *
 * The Compose Specification ("Merge and override") appends these lists to each other where two
 * files meet, and calls volumes and ports unique by their target; `command`, `entrypoint` and
 * `healthcheck.test` are one value and stay so here. The order of their elements means
 * nothing or, where it does (env_file, dns), a new element comes in after the vendor's own.
 */
type ElementKey = (element: string) => string;

const whole: ElementKey = (element) => element;
const name: ElementKey = (element) => element.split('=', 1)[0] ?? element;
const host: ElementKey = (element) => element.split(/[=:]/, 1)[0] ?? element;

/** `PATH[:OPTIONS]` */
const path: ElementKey = (element) => parts(element)[0] ?? element;

/** `SOURCE:TARGET[:MODE]` or `TARGET` */
const target: ElementKey = (element) => parts(element)[1] ?? path(element);

/** `[[IP:]PUBLISHED:]TARGET[/PROTOCOL]` */
const port: ElementKey = (element) => (parts(element).at(-1) ?? element).replace(/\/tcp$/, '');

const serviceLists: ReadonlyMap<string, ElementKey> = new Map([
  ['annotations', name],
  ['cap_add', whole],
  ['cap_drop', whole],
  ['configs', whole],
  ['depends_on', whole],
  ['device_cgroup_rules', whole],
  ['devices', target],
  ['dns', whole],
  ['dns_opt', whole],
  ['dns_search', whole],
  ['env_file', whole],
  ['environment', name],
  ['expose', whole],
  ['external_links', whole],
  ['extra_hosts', host],
  ['group_add', whole],
  ['labels', name],
  ['links', whole],
  ['networks', whole],
  ['ports', port],
  ['profiles', whole],
  ['secrets', whole],
  ['security_opt', whole],
  ['sysctls', name],
  ['tmpfs', path],
  ['volumes', target],
]);

/**
 * How the list at a path tells its elements apart, or undefined if it is one value that is
 * replaced as a whole. Elements in the long syntax (mappings) have no such key.
 */
export function elementKeyAt(at: KeyPath): ElementKey | undefined {
  const [section, , list] = at;
  if (at.length !== 3 || section !== 'services' || typeof list !== 'string') return undefined;
  return serviceLists.get(list);
}

/** Splits at colons, but not at those inside `${…}`. */
function parts(element: string): string[] {
  return element.match(/(?:\$\{[^}]*\}|[^:])+/g) ?? [];
}
