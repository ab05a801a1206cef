import { type ComposeConfig, serviceIn } from '../../compose/compose-config.ts';
import type { Release } from '../../release/release.ts';

/** The settings of a service of the release that decide whether it works on this host's engine. */
export interface ServiceSettings {
  readonly service: string;
  /** It mounts files of the installation, which only the operator and a group can read. */
  readonly readsFiles: boolean;
  /** It uses the user ids of the host (`userns_mode: host`). */
  readonly hostUsers: boolean;
  /** Groups that its processes join. */
  readonly groups: readonly string[];
  /** The user of the service, otherwise of its image; empty for root. Absent if not known. */
  readonly user?: string;
  /** The variables for proxies that it sets itself, by name. They replace those of Docker's config.json. */
  readonly proxies: Readonly<Record<string, string>>;
}

/** Before `init`: the services as the release renders them. */
export function releaseSettings(release: Release): ServiceSettings[] {
  return Object.entries(release.services).map(([service, { config, secrets, files }]) => ({
    service,
    readsFiles: config !== undefined || secrets.length > 0 || Object.keys(files).length > 0,
    hostUsers: false,
    groups: [],
    proxies: {},
  }));
}

const proxyVariable = /^(https?|all|no)_proxy$/i;

/**
 * The settings that Compose has for the services of a release.
 * @param folder absolute path of the installation
 * @param users the user of each image, by image
 */
export function settingsOf(
  config: ComposeConfig,
  services: readonly string[],
  folder: string,
  users: ReadonlyMap<string, string>,
): ServiceSettings[] {
  const isOurs = (path: string | undefined) => path?.startsWith(`${folder}/`) === true;
  return services.flatMap((name) => {
    const service = serviceIn(config, name);
    if (service === undefined) return [];
    const { volumes, secrets, group_add, environment, image } = service;
    const user = service.user ?? users.get(image ?? '');
    const variables = Object.entries(environment ?? {}).filter(([key]) => proxyVariable.test(key));
    return {
      service: name,
      readsFiles:
        (volumes ?? []).some(({ type, source }) => type === 'bind' && isOurs(source)) ||
        (secrets ?? []).some(({ source }) => isOurs(config.secrets?.[source]?.file)),
      hostUsers: service.userns_mode === 'host',
      groups: (group_add ?? []).map(String),
      proxies: Object.fromEntries(variables.map(([key, value]) => [key, value ?? ''])),
      ...(user !== undefined && { user: user.split(':')[0] ?? '' }),
    };
  });
}

/** The proxies that Docker's config.json gives to new containers (docker/cli, `ParseProxyConfig`). */
export interface ClientProxies {
  /** The key of the entry: the engine's address, or `default`. */
  readonly key: string;
  /** It names a proxy. */
  readonly names: boolean;
  /** Its `noProxy`. */
  readonly noProxy: string;
}

/** @param host address of the engine @returns `undefined` if the file has no entry, or cannot be read */
export function clientProxies(text: string, host: string): ClientProxies | undefined {
  try {
    const { proxies } = JSON.parse(text) as { proxies?: Record<string, unknown> | null };
    const key = proxies?.[host] == null ? 'default' : host;
    const entry = proxies?.[key] as Record<string, unknown> | null | undefined;
    if (entry == null) return undefined;
    const names = [entry.httpProxy, entry.httpsProxy, entry.allProxy].some(Boolean);
    return { key, names, noProxy: typeof entry.noProxy === 'string' ? entry.noProxy : '' };
  } catch {
    return undefined;
  }
}

/** Services that would reach others by a proxy. */
export interface ProxiedServices {
  /** The names of services that are not exempt, by the place of the setting: `config.json` or a service. */
  readonly client: readonly string[];
  readonly own: readonly { readonly service: string; readonly missing: readonly string[] }[];
}

export function proxiedServices(
  settings: readonly ServiceSettings[],
  client: ClientProxies | undefined,
): ProxiedServices {
  const names = settings.map(({ service }) => service);
  const missingFrom = new Set<string>();
  const own: { service: string; missing: string[] }[] = [];
  for (const { service, proxies } of settings) {
    const has = (name: string) => [name, name.toLowerCase()].filter((each) => each in proxies);
    const wanted = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];
    const setHere = wanted.flatMap(has).some((name) => proxies[name] !== '');
    const cleared = ['HTTP_PROXY', 'HTTPS_PROXY'].every((name) =>
      [name, name.toLowerCase()].every((each) => proxies[each] === ''),
    );
    if (!setHere && (cleared || !client?.names)) continue;
    // Programs read either of the two.
    const lists = ['NO_PROXY', 'no_proxy'].map((name) => proxies[name] ?? client?.noProxy);
    const known = lists.filter((list) => list !== undefined);
    const exempt = (name: string) =>
      known.length > 0 && known.every((list) => isExempt(name, list));
    const missing = names.filter((name) => name !== service && !exempt(name));
    if (missing.length === 0) continue;
    if (setHere || has('NO_PROXY').length > 0) own.push({ service, missing });
    else for (const name of missing) missingFrom.add(name);
  }
  return { client: names.filter((name) => missingFrom.has(name)), own };
}

/** Whether a list for NO_PROXY contains a name without dots (curl, Go, Python and Node agree about these). */
function isExempt(name: string, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    const host = entry
      .toLowerCase()
      .replace(/:\d+$/, '')
      .replace(/^\*?\./, '');
    return entry === '*' || host === name.toLowerCase();
  });
}
