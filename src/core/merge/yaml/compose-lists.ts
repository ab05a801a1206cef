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

/** `SOURCE:TARGET[:MODE]` or `TARGET`; a colon inside `${…}` separates nothing. */
const target: ElementKey = (element) => {
  const parts = splitOutsideVariables(element);
  return parts[1] ?? parts[0] ?? element;
};

/** `[[IP:]PUBLISHED:]TARGET[/PROTOCOL]` */
const port: ElementKey = (element) => {
  const last = splitOutsideVariables(element).at(-1) ?? element;
  return last.endsWith('/tcp') ? last.slice(0, -'/tcp'.length) : last;
};

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
  ['tmpfs', target],
  ['volumes', target],
]);

/**
 * How the list at `path` tells its elements apart, or undefined if it is one value that is
 * replaced as a whole. Elements in the long syntax (mappings) have no such key.
 */
export function elementKeyAt(path: KeyPath): ElementKey | undefined {
  const [section, , list] = path;
  if (path.length !== 3 || section !== 'services' || typeof list !== 'string') return undefined;
  return serviceLists.get(list);
}

function splitOutsideVariables(element: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const [index, character] of [...element].entries()) {
    if (character === '{' && element[index - 1] === '$') depth += 1;
    if (character === '}' && depth > 0) depth -= 1;
    if (character === ':' && depth === 0) parts.push('');
    else parts.push((parts.pop() ?? '') + character);
  }
  return parts;
}
