import { ecrRegistry } from '../registry/credentials.ts';
import { hostOf } from '../registry/docker-config.ts';

/** A host that a firewall must allow. */
export interface NeededHost {
  readonly host: string;
  readonly port: number;
  /** What the host is for. */
  readonly why: string;
  /** What connects to it: this program and Docker, or the platform's containers. */
  readonly by: 'host' | 'containers';
}

export interface HostsInput {
  /** The region of the AWS account; absent if it is not known yet. */
  readonly region?: string;
  /** Host (and port) of the registry. */
  readonly registry?: string;
  /** The address from the environment that replaces the default ECR endpoint. */
  readonly ecrEndpoint?: string;
  /** Absent if it is not set yet. */
  readonly provider?: string;
  readonly azureEndpoint?: string;
}

export const sendgridHost = 'api.sendgrid.com';
export const openaiHost = 'api.openai.com';

/** Every host that an installation must reach, in the order of first use. */
export function neededHosts(input: HostsInput): NeededHost[] {
  return [...registryHosts(input), ...serviceHosts(input)];
}

function registryHosts({ region, registry, ecrEndpoint }: HostsInput): NeededHost[] {
  const dns = awsSuffix(region ?? '');
  const ecr = ecrEndpoint ?? (region === undefined ? undefined : `https://${ecrHost(region)}`);
  // Only ECR's storage host is known. Other registries choose their own.
  const storage =
    region !== undefined && ecrRegistry(registry ?? '') !== undefined
      ? `prod-${region}-starport-layer-bucket.s3.${region}.${dns}`
      : undefined;
  return [
    ...(ecr === undefined
      ? []
      : [needed(ecr, 'the ECR API: logins, and the newest release', 'host')]),
    ...(registry === undefined
      ? []
      : [needed(registry, 'the registry: images and static bundles', 'host')]),
    ...(storage === undefined
      ? []
      : [needed(storage, 'the storage that the registry redirects to for layers', 'host')]),
  ];
}

function serviceHosts({ provider, azureEndpoint }: HostsInput): NeededHost[] {
  const openai = needed(openaiHost, 'OpenAI: answers of AI agents', 'containers');
  const azure = azureEndpoint ?? 'YOUR-RESOURCE.openai.azure.com';
  const models =
    provider === 'azure'
      ? [needed(azure, 'Azure OpenAI: answers of AI agents', 'containers')]
      : provider === undefined
        ? [
            { ...openai, why: `${openai.why} (or the next host)` },
            needed(azure, 'Azure OpenAI, instead of OpenAI', 'containers'),
          ]
        : [openai];
  return [needed(sendgridHost, 'SendGrid: e-mail', 'containers'), ...models];
}

/** The default ECR endpoint of a region (AWS General Reference, "Amazon ECR endpoints"). */
export function ecrHost(region: string): string {
  return `api.ecr.${region}.${awsSuffix(region)}`;
}

function awsSuffix(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

function needed(address: string, why: string, by: NeededHost['by']): NeededHost {
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(hostOf(address)) ?? [];
  const usual = address.startsWith('http://') ? 80 : 443;
  return { host, port: port === undefined ? usual : Number(port), why, by };
}

/** `host:port`, aligned, and what the host is for. */
export function hostLines(hosts: readonly NeededHost[]): string[] {
  const names = hosts.map(({ host, port }) => `${host}:${port}`);
  const width = Math.max(0, ...names.map(({ length }) => length));
  return hosts.map(({ why }, index) => `${(names[index] ?? '').padEnd(width)}  ${why}`);
}
