import { createNetwork } from '../../../src/lib/net/network.ts';
import { getAuthorizationToken } from '../../../src/registry/ecr.ts';
import { Secret } from '../../../src/secret.ts';
import { shortLimits } from '../../lib/net/settings.ts';
import { startRegistry } from '../../support/registry/index.ts';
import { hostileJson } from './hostile.ts';
import type { Reader } from './reader.ts';

/** The reader of ECR's answers, as it gets them from the network, the AWS SDK included. */

const token = Buffer.from('AWS:a-token').toString('base64');
const answer = {
  authorizationData: [
    {
      authorizationToken: token,
      expiresAt: 1_795_000_000,
      proxyEndpoint: 'https://123456789012.dkr.ecr.ap-southeast-1.amazonaws.com',
    },
  ],
};

export async function readersOfNetwork(): Promise<readonly Reader[]> {
  const registry = await startRegistry();
  const network = createNetwork({
    env: { AWS_ENDPOINT_URL_ECR: registry.endpoint },
    limits: shortLimits,
    trace: () => {},
  });
  const aws = {
    accountId: registry.accountId,
    region: registry.region,
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: new Secret('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
  };
  return [
    {
      name: "ECR's answer",
      texts: hostileJson(answer),
      read(text) {
        registry.faults.clear();
        registry.faults.add({ kind: 'wrong-json', text, match: {} });
        return getAuthorizationToken({ aws, network });
      },
      async close() {
        network.close();
        await registry.close();
      },
    },
  ];
}
