import type { TriedConnections } from '../../compose/connections.ts';
import type { OwnerProblem } from '../../compose/owner.ts';
import type { StaleService } from '../../compose/service-health.ts';
import type { Config } from '../../config/parameters.ts';
import type { Fault } from '../../errors.ts';
import type { MountedFileSystem } from '../../lib/fs/mount-info.ts';
import type { Probed } from '../../lib/process/probed.ts';
import type { CopyState } from '../../nginx/nginx.ts';
import type { Rival } from '../../nginx/served-sites.ts';
import type { PortFaults } from '../../nginx/site-ports.ts';
import type { StoredLogin } from '../../registry/stored-login.ts';
import type { CertificateFiles } from '../../release/layout.ts';
import type { Release } from '../../release/release.ts';
import type { ChainFault } from '../../tls/chain.ts';
import type { ServedCertificate } from '../../tls/served.ts';
import type { DockerFacts } from './docker-info.ts';
import type { ServicePort } from './published-ports.ts';
import type { ClientProxies, ServiceSettings } from './service-settings.ts';
import type { PortHolder } from './sockets.ts';
import type { OsRelease } from './system-files.ts';
import type { Ownership, WebUser } from './web-user.ts';

/** The networks that the database of hybrid hosting accepts. */
/** Who signed the installed release. */
export interface Signer {
  /** Fingerprint of the key that signed what is installed; absent if nothing was verified. */
  readonly fingerprint?: string;
  /** The credentials have that key. */
  readonly trusted: boolean;
  /** How many keys the credentials have; absent without credentials. */
  readonly keys?: number;
}

export interface DatabaseNetworks {
  readonly allowed: readonly string[];
  /** One of its Docker networks carries IPv6. Connections of IPv6 arrive from nowhere else. */
  readonly ipv6: boolean;
  /** Its Docker networks, as Compose files name them. */
  readonly networks: readonly string[];
}

/** All facts that checks use. Each check lists the facts it needs, and only these are gathered. */
export interface Facts {
  /** The requirements of the release for a host. */
  readonly requires: Release['requires'];
  readonly user: HostUser;
  /** Variables that would weaken the program: those that it does not obey, and those that it cannot use. */
  readonly variables: readonly Fault[];
  /** Connections between the running services; absent if the platform does not run. */
  readonly connections: Probed<TriedConnections>;
  /** Milliseconds since 1970, from this host's clock. */
  readonly now: number;

  readonly os: Probed<OsRelease>;
  /** In bytes. */
  readonly memory: Probed<number>;
  /** The path of the docker command, with links resolved. */
  /** Its path, without links. */
  readonly dockerCommand: Probed<{ readonly path: string; readonly isPodman: boolean }>;
  readonly docker: Probed<DockerFacts>;
  /** Where Docker stores images and volumes. */
  readonly dockerDisk: Probed<DockerDisk>;
  /** The path of the installation, existing or planned. */
  readonly installationDisk: Probed<Disk>;
  /** Of the services of the release. */
  /** The Compose files as Compose merges them, as JSON. */
  readonly mergedFiles: Probed<string>;
  readonly services: Probed<readonly ServiceSettings[]>;
  /** From Docker's config.json; absent if it has none. */
  readonly clientProxies: Probed<ClientProxies>;
  /** Docker's config.json. */
  readonly dockerConfig: Probed<DockerConfigFacts>;
  /** The version. */
  readonly nginx: Probed<string>;
  readonly webPorts: Probed<WebPorts>;
  readonly servicePorts: Probed<ServicePorts>;
  /** Absent if the region is not known yet. */
  readonly ecr: Probed<Answer>;
  readonly registry: Probed<Answer>;
  /** Where the registry redirects downloads to, with the login of the credentials file. */
  readonly storage: Probed<Answer>;

  /** What is wrong with the state of the installation in .proto; absent without an installation. */
  readonly stateDamage: Probed<StateDamage>;
  readonly config: Config;
  /** Keys that are probably misspelled. */
  readonly misspelledKeys: readonly Fault[];
  /** Placeholders of generated values that are shared by several services and no longer match. */
  readonly splitSecrets: readonly SplitSecret[];
  /** What leads Docker Compose to another project than that of the lock file. */
  readonly redirects: readonly Fault[];
  /** Services that run with earlier versions of their files. */
  readonly staleServices: Probed<readonly StaleService[]>;
  /** What keeps the folder from using its containers and data. */
  readonly ownerProblems: Probed<readonly OwnerProblem[]>;
  /** The result of `docker compose config -q`. */
  readonly composeFile: Probed<ComposeVerdict>;
  /** Absent if the override file does not exist. */
  readonly override: Probed<OverrideFacts>;
  readonly images: Probed<ImageFacts>;
  readonly files: readonly InstalledFile[];
  /** The files that nginx serves, with every parent folder. */
  readonly staticPaths: readonly Ownership[];
  readonly webUser: Probed<WebUser>;
  /** From nginx/proto.conf; absent if it does not exist. */
  readonly site: Probed<SiteFacts>;
  /** Where nginx/proto.conf and Compose disagree about ports; absent if nginx/proto.conf does not exist. */
  readonly nginxPorts: Probed<PortFaults>;
  /** Absent if nginx is not installed. */
  /** Absent if nothing answers on this host. */
  readonly servedCertificate: Probed<ServedCertificate>;
  readonly databaseCertificate: Probed<ServedCertificate>;
  readonly databaseNetworks: Probed<DatabaseNetworks>;
  /** Absent if the release is not a release object. */
  readonly signer: Probed<Signer>;
  readonly served: Probed<ServedFacts>;
  /** The platform's host name and the addresses it resolves to; absent if it is not set. */
  readonly url: Probed<UrlFacts>;

  /** Requested only with --online. Absent if no key is set. */
  readonly sendgrid: Probed<Answer>;
  readonly openai: Probed<Answer>;
  readonly azureOpenai: Probed<Answer>;
}

export interface HostUser {
  readonly uid: number;
  readonly root: boolean;
  /** The user who ran sudo. */
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
  /** No engine reported the path, so this is Docker's default. */
  readonly guessed: boolean;
  /** Images of the installation must still be pulled. Checked only if disk space is low. */
  readonly pulls?: boolean;
}

export interface DockerConfigFacts {
  readonly path: string;
  readonly uid: number;
  /** Why Docker cannot read the file. */
  readonly fault?: string;
  /** The login to the registry of the installation. */
  readonly login: StoredLogin;
  /** The credential helper that Docker uses for this registry, and whether it is on the PATH. */
  readonly helper?: { readonly name: string; readonly installed: boolean };
}

export interface WebPorts {
  readonly held: readonly PortHolder[];
  /** A process named nginx is running. */
  readonly nginxRuns: boolean;
}

export interface ServicePorts {
  readonly wanted: readonly ServicePort[];
  readonly held: readonly PortHolder[];
  /** The installation's Compose project. */
  readonly project?: string;
  /** Docker reported which containers use the ports. */
  readonly asked: boolean;
}

/** A server's response to one request. */
export interface Answer {
  readonly host: string;
  readonly status: number;
  /** How far this host's clock is ahead of the server's (negative: behind), if the server sent its time. */
  readonly clockSkew?: { readonly ms: number; readonly words: string };
  /** The body of the response, if it is short JSON. */
  readonly body?: unknown;
}

export interface ComposeVerdict {
  readonly valid: boolean;
  /** The error or warning. */
  readonly says: string;
}

export interface SplitSecret {
  /** The placeholder. */
  readonly name: string;
  /** The files in backend/secrets/ that contain it. */
  readonly files: readonly string[];
}

export interface OverrideFacts {
  /** In backend/. */
  readonly name: string;
  /** Services that are not in docker-compose.yml and do not set an image. */
  readonly strange: readonly { readonly service: string; readonly line: number }[];
  /** The services in docker-compose.yml. */
  readonly known: readonly string[];
}

export interface ImageFacts {
  readonly all: number;
  /** Services whose image is not on this host. */
  readonly missing: readonly string[];
}

export interface InstalledFile extends Ownership {
  /** The expected mode and owner. */
  readonly wanted: { readonly mode: number; readonly uid: number; readonly gid?: number };
  /** Other users of this host can reach the file, if its mode permits it. */
  readonly reachable: boolean;
}

export interface SiteFacts {
  readonly serverNames: readonly string[];
  /** It listens on IPv6. */
  readonly ipv6?: boolean;
  /** Absent if the site does not use TLS. */
  readonly certificate?: {
    readonly files: CertificateFiles;
    readonly read: Probed<CertificateSummary>;
  };
}

/** The site among the others in nginx's configuration. */
export interface ServedFacts {
  /** nginx's configuration includes nginx/proto.conf. */
  readonly included: boolean;
  /** What it includes of it. */
  readonly copy: CopyState;
  readonly rivals: readonly Rival[];
  /** Files and folders of nginx's configuration that this user cannot read. */
  readonly unreadable: readonly string[];
}

/** `fault`: why the certificate is unusable. Times are in milliseconds since 1970. */
export type CertificateSummary = { readonly fault: string } | CertificateDates;

export interface CertificateDates {
  readonly validFrom: number;
  readonly validTo: number;
  /** Absent if this user cannot read the key. */
  readonly fitsKey?: boolean;
  /** Absent if the platform's host name is not set. */
  readonly holdsForUrl?: boolean;
  /** What is wrong with the chain of issuers in the file, or why browsers refuse the certificate. */
  readonly chain?: ChainFault;
}

export interface UrlFacts {
  readonly host: string;
  readonly addresses: Probed<readonly string[]>;
  /** Those that are addresses of this host itself. */
  readonly own?: readonly string[];
}

export interface StateDamage {
  /** `undefined` if it is intact. A sentence without a full stop. */
  readonly found: string | undefined;
  readonly remedy: string;
  readonly faults: readonly Fault[];
}
