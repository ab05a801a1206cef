import type { Context } from '../context.ts';
import { ecrEndpoint } from '../registry/ecr.ts';
import type { HostsInput } from './hosts.ts';
import { regionOfSubject, registryOfSubject } from './probes/network.ts';
import { siteOf } from './probes/site-values.ts';
import type { Subject } from './probes/subject.ts';

/**
 * The input that determines which hosts must be reached.
 * @throws UserError USAGE if the ECR endpoint in the environment is not a URL
 */
export function hostsInput({ env, reporter }: Context, subject: Subject): HostsInput {
  const region = regionOfSubject(subject);
  const registry = registryOfSubject(subject);
  const endpoint = ecrEndpoint(env)?.origin;
  if (registry === undefined) {
    reporter.notice(
      'ECR and the registry are not listed, because their addresses are in the credentials file. Pass --credentials FILE.',
    );
  }
  return {
    ...(region !== undefined && { region }),
    ...(registry !== undefined && { registry }),
    ...(endpoint !== undefined && { ecrEndpoint: endpoint }),
    ...(subject.installation !== undefined && modelsOf(subject)),
  };
}

function modelsOf(subject: Subject): Pick<HostsInput, 'provider' | 'azureEndpoint'> {
  const { provider, value } = siteOf(subject);
  const azureEndpoint = value('YOUR_AZURE_OPENAI_ENDPOINT');
  return {
    ...(provider !== undefined && { provider }),
    ...(azureEndpoint !== undefined && { azureEndpoint }),
  };
}
