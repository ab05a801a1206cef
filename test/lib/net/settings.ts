import type { NetworkLimits } from '../../../src/lib/net/network.ts';
import type { AwsCredentials } from '../../../src/registry/credentials.ts';
import { Secret } from '../../../src/secret.ts';
import { exampleKey } from '../../support/registry/index.ts';

/** As the product's limits, but short enough to wait for. */
export const shortLimits: NetworkLimits = {
  name: 2000,
  connect: 2000,
  tls: 2000,
  proxy: 2000,
  answer: 200,
  silence: 200,
  totalMs: 2000,
  tries: 3,
  patientTries: 4,
  backoffMs: 2,
  download: { answer: 200, totalMs: 2000 },
};

/** What the embedded registry knows by default. */
export function credentials(changed: Partial<AwsCredentials> = {}): AwsCredentials {
  return {
    accountId: '123456789012',
    region: 'ap-southeast-1',
    accessKeyId: exampleKey.accessKeyId,
    secretAccessKey: new Secret(exampleKey.secretAccessKey),
    ...changed,
  };
}
