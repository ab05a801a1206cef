import { expect } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { createNetwork, type Network, type NetworkLimits } from '../../../src/lib/net/network.ts';
import type { AwsCredentials } from '../../../src/registry/credentials.ts';
import { getAuthorizationToken, type RegistryToken } from '../../../src/registry/ecr.ts';
import { openRegistry, type RegistryClient } from '../../../src/registry/registry.ts';
import {
  type EmbeddedRegistry,
  type RegistryOptions,
  startRegistry,
} from '../../support/registry/index.ts';
import { credentials, shortLimits } from './settings.ts';

/** The network edge with a registry of its own at the other end. */
export interface Opened {
  readonly rig: EmbeddedRegistry;
  readonly network: Network;
  readonly trace: readonly string[];
  readonly aws: AwsCredentials;
  token(): Promise<RegistryToken>;
  registry(signal?: AbortSignal): Promise<RegistryClient>;
  /** Fails where the registry met a request that it does not know, or failed itself. */
  close(): Promise<void>;
}

export interface OpenOptions extends RegistryOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Partial<NetworkLimits>;
}

export async function open(options: OpenOptions = {}): Promise<Opened> {
  const { env, limits, ...registryOptions } = options;
  const rig = await startRegistry(registryOptions);
  const trace: string[] = [];
  const network = createNetwork({
    env: { AWS_ENDPOINT_URL_ECR: rig.endpoint, ...env },
    limits: { ...shortLimits, ...limits },
    trace: (line) => trace.push(line),
  });
  const aws = credentials({ accountId: rig.accountId, region: rig.region });
  const token = () => getAuthorizationToken({ aws, network });
  return {
    rig,
    network,
    trace,
    aws,
    token,
    registry: async (signal) =>
      openRegistry({ ...(await token()), network, ...(signal && { signal }) }),
    async close() {
      network.close();
      await rig.close();
      expect(rig.requests.filter(({ known }) => !known)).toEqual([]);
    },
  };
}

/** What `promise` fails with, which must be a failure that an operator can understand. */
export async function failure(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    (value) => expect.fail(`succeeded with ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw error;
  return error;
}
