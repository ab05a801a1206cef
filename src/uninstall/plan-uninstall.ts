import { formatBytes } from '../lib/terminal/words.ts';

/** What `uninstall` is computed from: all that the installation has made on this host. */
export interface UninstallInput {
  /** Absolute path. */
  readonly installation: string;
  readonly data: boolean;
  /** Names; stopped ones too. */
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly { readonly name: string; readonly bytes: number | null }[];
  /** Links in nginx's configuration that lead into the installation, the outermost first. */
  readonly links: readonly string[];
  /** nginx runs, so that it has to be told. */
  readonly nginxRuns: boolean;
  /** Recorded backups that are there. */
  readonly backups: readonly string[];
  /** Where the folder goes without --data. */
  readonly movedTo: string;
}

/** What is removed and what stays; nothing has been touched when it is shown. */
export interface UninstallPlan {
  readonly installation: string;
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly links: readonly string[];
  readonly reloadNginx: boolean;
  /** Data for good. */
  readonly volumes: readonly string[];
  readonly keptVolumes: readonly string[];
  /** Removed with the folder that they lie in. */
  readonly backups: readonly string[];
  readonly keptBackups: readonly string[];
  /** `undefined`: it is removed. */
  readonly movedTo: string | undefined;
  readonly sizes: Readonly<Record<string, number | null>>;
}

export function planUninstall(input: UninstallInput): UninstallPlan {
  const { installation, data, volumes, backups, links } = input;
  const names = volumes.map(({ name }) => name);
  const inside = backups.filter((file) => file.startsWith(`${installation}/`));
  return {
    installation,
    containers: input.containers,
    networks: input.networks,
    links,
    reloadNginx: links.length > 0 && input.nginxRuns,
    volumes: data ? names : [],
    keptVolumes: data ? [] : names,
    backups: data ? inside : [],
    keptBackups: data ? backups.filter((file) => !inside.includes(file)) : backups,
    movedTo: data ? undefined : input.movedTo,
    sizes: Object.fromEntries(volumes.map(({ name, bytes }) => [name, bytes])),
  };
}

/** The plan as lines for a person; what can not be had back stands out. */
export function uninstallLines(plan: UninstallPlan): string[] {
  const { installation, movedTo, sizes } = plan;
  const size = (name: string) => {
    const bytes = sizes[name];
    return bytes === undefined || bytes === null ? name : `${name} (${formatBytes(bytes)})`;
  };
  const each = (sign: string, what: string, names: readonly string[]) =>
    names.map((name) => `  ${sign} ${what} ${name}`);
  return [
    `Plan for ${installation}: uninstall${movedTo === undefined ? ' WITH ALL DATA' : ''}`,
    ...each('-', 'nginx link', plan.links),
    ...(plan.reloadNginx ? ['  > reload nginx'] : []),
    ...each('-', 'container', plan.containers),
    ...each('-', 'network', plan.networks),
    ...each('-', 'DATA, FOR GOOD: volume', plan.volumes.map(size)),
    ...each('-', 'DATA, FOR GOOD: backup', plan.backups),
    movedTo === undefined
      ? `  - DATA, FOR GOOD: folder ${installation}, with configuration and secrets`
      : `  > move the folder, with configuration and secrets, to ${movedTo}`,
    ...each('=', 'volume', plan.keptVolumes.map(size)).map((line) => `${line} stays`),
    ...each('=', 'backup', plan.keptBackups).map((line) => `${line} stays`),
  ];
}
