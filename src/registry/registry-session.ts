import type { Context } from '../context.ts';
import { describeSkew } from '../lib/net/clock-skew.ts';
import { createNetwork } from '../lib/net/network.ts';
import type { AwsCredentials } from './credentials.ts';
import { getAuthorizationToken, type RegistryToken } from './ecr.ts';
import { openRegistry, type RegistryClient } from './registry.ts';

/** A token from ECR, and its registry. `using` closes the connections at the end of the scope. */
export interface RegistrySession extends Disposable {
  readonly token: RegistryToken;
  readonly registry: RegistryClient;
}

/** @throws UserError of ECR and the network */
export async function openSession(context: Context, aws: AwsCredentials): Promise<RegistrySession> {
  const { reporter, signal } = context;
  const network = createNetwork({ env: context.env, trace: (line) => reporter.detail(line) });
  try {
    reporter.step(`Requesting a token from ECR in ${aws.region}`);
    const renew = async () => {
      const token = await getAuthorizationToken({ aws, network, signal });
      reporter.protect(token.password.reveal());
      return token;
    };
    const token = await renew();
    warnOfSkew(context, token);
    const registry = openRegistry({ ...token, network, renew, signal });
    return { token, registry, [Symbol.dispose]: () => network.close() };
  } catch (error) {
    network.close();
    throw error;
  }
}

/** AWS rejects a signature from 5 minutes of skew on ("Troubleshooting Signature Version 4"). Warn earlier. */
const worrying = 60_000;

function warnOfSkew({ reporter }: Context, { clockSkewMs = 0 }: RegistryToken): void {
  if (Math.abs(clockSkewMs) < worrying) return;
  const skew = describeSkew(clockSkewMs);
  reporter.notice(
    `This host's clock is ${skew} compared with AWS. To synchronize it, run: sudo timedatectl set-ntp true`,
  );
}
