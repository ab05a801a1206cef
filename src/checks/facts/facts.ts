import type { Config } from '../../config/parameters.ts';
import type { Probed } from '../../lib/process/probed.ts';
import type { StoredLogin } from '../../registry/stored-login.ts';
import type { CertificateFiles } from '../../release/layout.ts';
import type { Release } from '../../release/release.ts';
import type { DockerFacts } from './docker-info.ts';
import type { ServicePort } from './published-ports.ts';
import type { PortHolder } from './sockets.ts';
import type { MountedFileSystem, OsRelease } from './system-files.ts';
import type { Ownership, WebUser } from './web-user.ts';

/** All that checks are judged by. A check names those it needs; only these are looked for. */
export interface Facts {
  /** What the release asks of a host. */
  readonly requires: Release['requires'];
  readonly user: HostUser;
  /** Milliseconds since 1970, by this host's clock. */
  readonly now: number;

  readonly os: Probed<OsRelease>;
  /** In bytes. */
  readonly memory: Probed<number>;
  /** Where the docker command is, links followed. */
  readonly dockerCommand: Probed<string>;
  readonly docker: Probed<DockerFacts>;
  /** Where Docker keeps images and volumes. */
  readonly dockerDisk: Probed<DockerDisk>;
  /** Where the installation lies, or is to lie. */
  readonly installationDisk: Probed<Disk>;
  /** Docker's config.json. */
  readonly dockerConfig: Probed<DockerConfigFacts>;
  /** The version. */
  readonly nginx: Probed<string>;
  readonly webPorts: Probed<WebPorts>;
  readonly servicePorts: Probed<ServicePorts>;
  /** Absent where nothing tells the region yet. */
  readonly ecr: Probed<Answer>;
  readonly registry: Probed<Answer>;

  readonly config: Config;
  /** Values that the program made for several services, and that do not agree any more: their placeholders. */
  readonly splitSecrets: readonly string[];
  /** What `docker compose config -q` says. */
  readonly composeFile: Probed<ComposeVerdict>;
  /** Absent where there is no override file. */
  readonly override: Probed<OverrideFacts>;
  readonly images: Probed<ImageFacts>;
  readonly files: readonly InstalledFile[];
  /** What nginx serves, with every folder on the way. */
  readonly staticPaths: readonly Ownership[];
  readonly webUser: Probed<WebUser>;
  /** Of nginx/proto.conf; absent where there is none. */
  readonly site: Probed<SiteFacts>;
  /** The platform's host name and the addresses it leads to; absent where it is not set. */
  readonly url: Probed<UrlFacts>;

  /** Asked with --online only. Absent where there is no key to try. */
  readonly sendgrid: Probed<Answer>;
  readonly openai: Probed<Answer>;
  readonly azureOpenai: Probed<Answer>;
}

export interface HostUser {
  readonly uid: number;
  readonly root: boolean;
  /** Who called sudo. */
  readonly sudoUser?: string;
}

export interface Disk {
  readonly path: string;
  /** In bytes, for this user. */
  readonly free: number;
  /** In bytes. */
  readonly size: number;
  readonly mount?: MountedFileSystem;
}

export interface DockerDisk extends Disk {
  /** No engine told the place: it is Docker's usual one. */
  readonly guessed: boolean;
  /** Images of the installation are still to be pulled; looked for where there is little room. */
  readonly pulls?: boolean;
}

export interface DockerConfigFacts {
  readonly path: string;
  readonly uid: number;
  /** Why Docker can not read it. */
  readonly fault?: string;
  /** To the registry of the installation. */
  readonly login: StoredLogin;
  /** The credential helper that Docker asks for this registry, and whether it is on the PATH. */
  readonly helper?: { readonly name: string; readonly installed: boolean };
}

export interface WebPorts {
  readonly held: readonly PortHolder[];
  /** A process of that name runs. */
  readonly nginxRuns: boolean;
}

export interface ServicePorts {
  readonly wanted: readonly ServicePort[];
  readonly held: readonly PortHolder[];
  /** The installation's Compose project. */
  readonly project?: string;
  /** Docker was asked whose containers hold ports, and told. */
  readonly asked: boolean;
}

/** What a server answered to one request. */
export interface Answer {
  readonly host: string;
  readonly status: number;
  /** How far this host's clock is ahead of the server's (negative: behind), where it told the time. */
  readonly clockSkew?: { readonly ms: number; readonly words: string };
  /** Of the answer, where it is short JSON. */
  readonly body?: unknown;
}

export interface ComposeVerdict {
  readonly valid: boolean;
  /** What it complains of, or warns of. */
  readonly says: string;
}

export interface OverrideFacts {
  /** Services that docker-compose.yml does not have and that bring no image: nothing can come of them. */
  readonly strange: readonly { readonly service: string; readonly line: number }[];
  /** Those that it does have. */
  readonly known: readonly string[];
}

export interface ImageFacts {
  readonly all: number;
  /** Services whose image is not on this host. */
  readonly missing: readonly string[];
}

export interface InstalledFile extends Ownership {
  /** What it should be. */
  readonly wanted: { readonly mode: number; readonly uid: number; readonly gid?: number };
  /** Another user of this host can get to it, if its mode lets him. */
  readonly reachable: boolean;
}

export interface SiteFacts {
  readonly serverNames: readonly string[];
  /** Absent where the site has no TLS. */
  readonly certificate?: {
    readonly files: CertificateFiles;
    readonly read: Probed<CertificateSummary>;
  };
}

/** `fault`: why it can not be used at all. Times in milliseconds since 1970. */
export type CertificateSummary = { readonly fault: string } | CertificateDates;

export interface CertificateDates {
  readonly validFrom: number;
  readonly validTo: number;
  /** Absent where this user may not read the key. */
  readonly fitsKey?: boolean;
  /** Absent where the platform's host name is not set. */
  readonly holdsForUrl?: boolean;
}

export interface UrlFacts {
  readonly host: string;
  readonly addresses: Probed<readonly string[]>;
}
