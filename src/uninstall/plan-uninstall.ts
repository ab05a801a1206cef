import { formatBytes } from '../lib/terminal/words.ts';

/** The input of `uninstall`: everything that the installation created on this host. */
export interface UninstallInput {
  /** Absolute path. */
  readonly installation: string;
  readonly data: boolean;
  /** Container names, including stopped containers. */
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly { readonly name: string; readonly bytes: number | null }[];
  /** Copies of the site in the nginx configuration, and links to them or into the installation, outermost first. */
  readonly links: readonly string[];
  /** nginx is running and must be reloaded. */
  readonly nginxRuns: boolean;
  /** Recorded backups that still exist. */
  readonly backups: readonly string[];
  /** What earlier uninstalls moved away, with configuration and secrets. It stays with --data, too. */
  readonly earlier?: readonly string[];
  /** The new path of the folder without --data. */
  readonly movedTo: string;
  /** The folder itself stays: it is a mount point, or its parent folder belongs to another user. */
  readonly staysEmpty?: boolean;
}

/** What will be removed and what will be kept. */
export interface UninstallPlan {
  readonly installation: string;
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly links: readonly string[];
  readonly reloadNginx: boolean;
  /** Volumes to delete permanently. */
  readonly volumes: readonly string[];
  readonly keptVolumes: readonly string[];
  /** Backups to remove with the folder that contains them. */
  readonly backups: readonly string[];
  readonly keptBackups: readonly string[];
  /** What earlier uninstalls moved away. Absent without --data. */
  readonly earlier?: readonly string[];
  /** `undefined`: the folder is removed. */
  readonly movedTo: string | undefined;
  /** Only the content of the folder is removed or moved. */
  readonly staysEmpty?: boolean;
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
    ...(data && input.earlier !== undefined && { earlier: input.earlier }),
    movedTo: data ? undefined : input.movedTo,
    ...(input.staysEmpty === true && { staysEmpty: true }),
    sizes: Object.fromEntries(volumes.map(({ name, bytes }) => [name, bytes])),
  };
}

/** The plan as text. Permanent deletions stand out. */
export function uninstallLines(plan: UninstallPlan): string[] {
  const { installation, movedTo, sizes } = plan;
  const what = plan.staysEmpty ? 'content of the folder' : 'folder';
  const size = (name: string) => {
    const bytes = sizes[name];
    return bytes === undefined || bytes === null ? name : `${name} (${formatBytes(bytes)})`;
  };
  const each = (sign: string, what: string, names: readonly string[]) =>
    names.map((name) => `  ${sign} ${what} ${name}`);
  return [
    `Plan for ${installation}: uninstall${movedTo === undefined ? ' WITH ALL DATA' : ''}`,
    ...each('-', 'nginx site', plan.links),
    ...(plan.reloadNginx ? ['  > reload nginx'] : []),
    ...each('-', 'container', plan.containers),
    ...each('-', 'network', plan.networks),
    ...each('-', 'DATA, PERMANENTLY: volume', plan.volumes.map(size)),
    ...each('-', 'DATA, PERMANENTLY: backup', plan.backups),
    movedTo === undefined
      ? `  - DATA, PERMANENTLY: ${what} ${installation}, with configuration and secrets`
      : `  > move the ${what}, with configuration and secrets, to ${movedTo}`,
    ...each('=', 'volume', plan.keptVolumes.map(size)).map((line) => `${line} is kept`),
    ...each('=', 'backup', plan.keptBackups).map((line) => `${line} is kept`),
    ...each('=', 'what an earlier uninstall moved to', plan.earlier ?? []).map(
      (line) => `${line}, with configuration and secrets, is kept`,
    ),
  ];
}
