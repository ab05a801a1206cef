import type { Reach } from '../compose/service-reach.ts';
import type { Site } from '../nginx/render-nginx.ts';
import type { Hosting } from '../release/hosting.ts';
import {
  type CertificateFiles,
  configFolder,
  ownCertificate,
  secretsFolder,
} from '../release/layout.ts';
import { databaseOf, serviceWithRole, type TemplateSet } from '../release/release.ts';
import { Secret } from '../secret.ts';
import { findInToml } from '../toml/find.ts';
import { tomlDottedKey } from '../toml/literal.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { stringsIn } from '../toml/value-text.ts';
import { parseSiteHost, siteHostText } from '../values/site-host.ts';

/** What the vendor's platform needs to connect to the database and the bucket of this host (hybrid hosting). */
export interface Connection {
  readonly allowed: readonly string[];
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly user: string;
    readonly password: Secret;
    /** libpq's mode: the certificate must be valid, and match the host. */
    readonly sslmode: 'verify-full';
  };
  readonly bucket: {
    readonly endpoint: string;
    readonly name: string;
    readonly accessKey: Secret;
    readonly secretKey: Secret;
  };
  /** PEM of the own CA; absent where a certificate was given. */
  readonly ca?: string;
  readonly certificate?: CertificateFiles;
}

export interface ConnectionInput {
  readonly templates: TemplateSet;
  readonly hosting: Hosting;
  readonly site: Site;
  /** The certificate is signed by the own CA. */
  readonly own: boolean;
  /** The files on disk, by path. */
  readonly current: ReadonlyMap<string, string>;
  /** How Compose publishes the services; without it, as the release does. */
  readonly reaches?: ReadonlyMap<string, Reach>;
}

/** @returns the connection, or the values that cannot be read, each as a path and a key */
export function connectionOf(
  input: ConnectionInput,
): { ok: true; connection: Connection } | { ok: false; missing: readonly Missing[] } {
  const { templates, hosting, site, current } = input;
  const { release } = templates;
  const host = parseSiteHost(site.url ?? '');
  const database = databaseOf(release, hosting);
  const [serverName = '', server] = serviceWithRole(release, hosting, 'database') ?? [];
  const [, store] = serviceWithRole(release, hosting, 'bucket') ?? [];
  const passwordFile = `${secretsFolder}/${server?.secrets[0]}`;
  const password = current.get(passwordFile)?.replace(/\r?\n$/, '');
  const config = `${configFolder}/${store?.config}`;
  const [name, accessKey, secretKey] = bucketKeys.map((key) => textAt(current.get(config), key));
  const missing = [
    ...(host === undefined ? [{ file: `${configFolder}/access.toml`, key: 'access.host' }] : []),
    ...(password ? [] : [{ file: passwordFile, key: '' }]),
    ...bucketKeys
      .filter((_, index) => ![name, accessKey, secretKey][index])
      .map((key) => ({ file: config, key: tomlDottedKey(key) })),
  ];
  if (missing.length > 0 || host === undefined || database === undefined) {
    return { ok: false, missing };
  }
  const ca = input.own ? current.get(ownCertificate.ca_certificate) : undefined;
  return {
    ok: true,
    connection: {
      allowed: site.allowed ?? [],
      database: {
        host: host.name,
        port: publishedPort(input.reaches?.get(serverName), server?.port) ?? server?.publish ?? 0,
        name: database.name,
        user: database.user,
        password: new Secret(password ?? ''),
        sslmode: 'verify-full',
      },
      bucket: {
        endpoint: `https://${siteHostText(host)}`,
        name: name ?? '',
        accessKey: new Secret(accessKey ?? ''),
        secretKey: new Secret(secretKey ?? ''),
      },
      ...(ca !== undefined && { ca }),
      ...(site.certificate !== undefined && { certificate: site.certificate }),
    },
  };
}

/** The host port for one of a container, of those on an external address if there are any. */
function publishedPort(reach: Reach | undefined, target: number | undefined): number | undefined {
  if (reach?.hostNetwork) return target;
  const ports = (reach?.ports ?? []).filter((port) => port.target === target && !port.chosen);
  const outside = ports.find(({ address }) => !/^(127\.|::1$)/.test(address));
  return (outside ?? ports[0])?.port;
}

interface Missing {
  readonly file: string;
  readonly key: string;
}

/** The configuration of a bucket (release.yml, `role`). */
const bucketKeys = [
  ['bucket', 'name'],
  ['bucket', 'access_key'],
  ['bucket', 'secret_key'],
] as const;

function textAt(text: string | undefined, key: readonly string[]): string | undefined {
  const parsed = text === undefined ? undefined : parseToml(text);
  if (!parsed?.ok) return undefined;
  const { node } = findInToml(parsed.document.root, key);
  return node?.kind === 'entry' ? stringsIn(node.value)[0] : undefined;
}

/** A connection as lines for people. Secrets are shown only on request. */
export function connectionLines(connection: Connection, reveal: boolean): string[] {
  const { database, bucket, ca, certificate, allowed } = connection;
  const secret = (value: Secret) => (reveal ? value.reveal() : '[secret]');
  return [
    'Database (PostgreSQL)',
    `  host      ${database.host}`,
    `  port      ${database.port}`,
    `  database  ${database.name}`,
    `  user      ${database.user}`,
    `  password  ${secret(database.password)}`,
    `  sslmode   ${database.sslmode}`,
    '',
    'Bucket (S3, path style)',
    `  endpoint    ${bucket.endpoint}`,
    `  bucket      ${bucket.name}`,
    `  access key  ${secret(bucket.accessKey)}`,
    `  secret key  ${secret(bucket.secretKey)}`,
    '',
    `Allowed networks: ${allowed.length === 0 ? 'none' : allowed.join(', ')}`,
    '',
    ...(ca === undefined
      ? [
          `Certificate: ${certificate?.certificate ?? 'not set'}, provided by you. If it is not from a public CA, also send`,
          "the certificate of its CA: the vendor's platform must trust it.",
        ]
      : ["CA of both. The vendor's platform must trust it:", ...ca.trimEnd().split('\n')]),
  ];
}

export function connectionData(connection: Connection, reveal: boolean): object {
  const { database, bucket, ca, allowed } = connection;
  const secret = (value: Secret) => (reveal ? value.reveal() : '[secret]');
  return {
    revealed: reveal,
    allowed,
    database: { ...database, password: secret(database.password) },
    bucket: {
      ...bucket,
      accessKey: secret(bucket.accessKey),
      secretKey: secret(bucket.secretKey),
    },
    ca: ca ?? null,
  };
}
