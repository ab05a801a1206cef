import type { KeyPath } from '../result.ts';

/**
 * Which lists of a service are sets, and what identifies their elements.
 *
 * The Compose Specification ("Merge and override") appends these lists when it merges two
 * files, and defines volumes and ports as unique by their target. `command`, `entrypoint` and
 * `healthcheck.test` are one value, also here. The order of the elements does not
 * matter or, where it does (env_file, dns), a new element goes after the vendor's own.
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
 * How to identify the elements of the list at a path, or undefined if it is one value that is
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
