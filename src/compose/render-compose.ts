import { Document, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Hosting } from '../release/hosting.ts';
import type { CertificateFiles } from '../release/layout.ts';
import { type Release, type ServiceDescription, servicesOf } from '../release/release.ts';

/** An image, pinned: `registry/namespace/name:tag@sha256:…` (the Compose specification's `image`). */
export type ImageReference = string;

export interface ComposeInput {
  readonly release: Release;
  readonly hosting: Hosting;
  /** The Compose project: prefix of containers, networks and volumes. */
  readonly project: string;
  /** By service. */
  readonly images: ReadonlyMap<string, ImageReference>;
  /** The group that owns the files in config/; the containers join it to read them. */
  readonly group: number;
  /** This host's certificate, absolute paths or below backend/ (`./secrets/…`). */
  readonly certificate?: CertificateFiles | undefined;
}

const header = ` Rendered by proto-scaffold from the release description. \`docker compose up -d\` and
 \`docker compose down\` work here by hand. \`proto-scaffold update\` keeps your edits; what is
 yours alone goes best into docker-compose.override.yml, which the program never writes.`;

/**
 * Renders docker-compose.yml (https://github.com/compose-spec/compose-spec) from the release
 * description: same input, same bytes.
 */
export function renderCompose(input: ComposeInput): string {
  const services = servicesOf(input.release, input.hosting);
  const names = new Set(services.map(([name]) => name));
  const document = new Document({
    name: input.project,
    services: Object.fromEntries(
      services.map(([name, service]) => [name, composeService(name, service, names, input)]),
    ),
    volumes: Object.fromEntries(
      services.flatMap(([, service]) => Object.keys(service.volumes).map((volume) => [volume, {}])),
    ),
    secrets: Object.fromEntries(
      services.flatMap(([, service]) => [
        ...service.secrets.map((secret) => [secret, { file: inSecrets(secret) }] as const),
        ...(service.certificate ? certificateSecrets(input.certificate) : []),
      ]),
    ),
  });
  document.commentBefore = header;
  commentServices(document, services);
  return document.toString({ lineWidth: 0, defaultStringType: 'PLAIN' });
}

/** The names under which a service has this host's certificate in /run/secrets/. */
const certificateNames = ['tls_certificate', 'tls_certificate_key'] as const;

/** Without another one, the own one: its files lie in secrets/ under the same names. */
function certificateSecrets(files: CertificateFiles | undefined) {
  const paths =
    files === undefined ? certificateNames.map(inSecrets) : [files.certificate, files.key];
  return certificateNames.map(
    (name, index) => [name, { file: dollars(paths[index] ?? '') }] as const,
  );
}

function inSecrets(name: string): string {
  return `./secrets/${name}`;
}

function composeService(
  name: string,
  service: ServiceDescription,
  present: ReadonlySet<string>,
  input: ComposeInput,
): Record<string, unknown> {
  const image = input.images.get(name);
  if (image === undefined) throw new Error(`no image for the service ${name}`);
  const needs = service.needs.filter((needed) => present.has(needed));
  const mounts = [
    ...(service.config === undefined
      ? []
      : [fileMount(`./config/${service.config}`, '/etc/proto/config.toml')]),
    ...Object.entries(service.files).map(([file, target]) => fileMount(`./${file}`, target)),
    ...Object.entries(service.volumes).map(([volume, target]) => `${volume}:${target}`),
  ];
  return {
    image: dollars(image),
    ...(service.command === undefined ? {} : { command: service.command.map(dollars) }),
    restart: 'unless-stopped',
    ...(service.publish === undefined
      ? {}
      : { ports: [`${service.publish_address}:${service.publish}:${service.port}`] }),
    ...(readsFiles(service) ? { group_add: [String(input.group)] } : {}),
    ...optional('environment', mapValues(service.environment, dollars)),
    ...optional('secrets', [...service.secrets, ...(service.certificate ? certificateNames : [])]),
    ...optional('volumes', mounts),
    ...optional('tmpfs', service.tmpfs),
    ...optional(
      'depends_on',
      Object.fromEntries(needs.map((needed) => [needed, { condition: 'service_healthy' }])),
    ),
    healthcheck: {
      test: healthTest(service.health),
      interval: '5s',
      timeout: '5s',
      retries: 12,
      start_period: '60s',
    },
    ...(service.shared_memory === undefined ? {} : { shm_size: `${service.shared_memory}m` }),
    stop_grace_period: `${service.stop_seconds}s`,
    deploy: { resources: { limits: { memory: `${service.memory}m` } } },
    logging: { driver: 'json-file', options: { 'max-size': '20m', 'max-file': '5' } },
  };
}

/** Does it read files of backend/? Compose mounts them with the host's mode and owner. */
function readsFiles({ config, secrets, files }: ServiceDescription): boolean {
  return config !== undefined || secrets.length > 0 || Object.keys(files).length > 0;
}

/** `create_host_path: false`, or Docker would make a folder where the file is missing. */
function fileMount(source: string, target: string): Record<string, unknown> {
  return {
    type: 'bind',
    source,
    target,
    read_only: true,
    bind: { create_host_path: false },
  };
}

/**
 * A service that listens is healthy. The kernel's socket table (proc(5): `local_address` in hex, state
 * 0A for LISTEN) tells without a connection, and with nothing but `grep` in the image.
 */
function healthTest(health: ServiceDescription['health']): string[] {
  if ('command' in health) return ['CMD', ...health.command.map(dollars)];
  const port = health.listens.toString(16).toUpperCase().padStart(4, '0');
  return ['CMD', 'grep', '-Esq', `:${port} 0+:0000 0A`, '/proc/net/tcp', '/proc/net/tcp6'];
}

/** Compose interpolates `$NAME` in every value; `$$` is a dollar (Compose specification, "Interpolation"). */
function dollars(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function mapValues(record: Record<string, string>, change: (text: string) => string) {
  return Object.fromEntries(Object.entries(record).map(([key, text]) => [key, change(text)]));
}

/** `{ [key]: value }`, or nothing where the value is empty. */
function optional(key: string, value: unknown[] | Record<string, unknown>): object {
  return Object.keys(value).length === 0 ? {} : { [key]: value };
}

/** What a plain value tree can not carry: comments, blank lines, and quotes that stand off surprises. */
function commentServices(
  document: Document,
  services: readonly (readonly [string, ServiceDescription])[],
): void {
  const map = document.get('services') as YAMLMap<Scalar<string>, YAMLMap>;
  for (const [index, pair] of map.items.entries()) {
    pair.key.commentBefore = ` ${services[index]?.[1].about ?? ''}`;
    pair.key.spaceBefore = index > 0;
    const test = pair.value?.getIn(['healthcheck', 'test'], true) as YAMLSeq<Scalar>;
    test.flow = true;
    // A YAML 1.1 reader takes 22:22 for a number (Compose specification, "ports").
    const ports = pair.value?.get('ports', true) as YAMLSeq<Scalar> | undefined;
    for (const item of [...test.items, ...(ports?.items ?? [])]) item.type = 'QUOTE_DOUBLE';
  }
}
