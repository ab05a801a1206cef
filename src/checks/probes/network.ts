import type { Context } from '../../context.ts';
import { askServer } from '../../lib/net/ask-server.ts';
import { createNetwork, type NetworkRequest } from '../../lib/net/network.ts';
import { isLoopback } from '../../lib/net/proxy.ts';
import { probe, probeLimitMs } from '../../lib/process/probe.ts';
import { absent, known, type Probed, refused } from '../../lib/process/probed.ts';
import { ecrEndpoint } from '../../registry/ecr.ts';
import type { Answer } from '../facts/facts.ts';
import { ecrHost, openaiHost, regionOf, sendgridHost } from '../hosts.ts';
import { siteOf } from './site-values.ts';
import type { Probes, Probing, Subject } from './subject.ts';

/** Responses from servers: ECR and the registry without a login; SendGrid and the model provider with a key. */
export function networkProbes({
  context,
  subject,
}: Probing): Probes<'ecr' | 'registry' | 'sendgrid' | 'openai' | 'azureOpenai'> {
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  return {
    ecr: () =>
      asked(context, () => {
        const region = regionOfSubject(subject);
        const url =
          ecrEndpoint(context.env) ??
          (region === undefined ? undefined : new URL(`https://${ecrHost(region)}`));
        return url && { url, ...unsigned };
      }),
    registry: () =>
      asked(context, () => {
        const registry = registryOfSubject(subject);
        if (registry === undefined) return undefined;
        return { url: new URL('/v2/', `${schemeFor(registry)}://${registry}`) };
      }),
    sendgrid: () =>
      asked(context, () => {
        const key = siteOf(subject).value('YOUR_SENDGRID_API_KEY');
        const url = new URL('/v3/scopes', `https://${sendgridHost}`);
        return key === undefined ? undefined : { url, headers: bearer(key) };
      }),
    openai: () =>
      asked(context, () => {
        const { provider, value } = siteOf(subject);
        const key = value('YOUR_OPENAI_API_KEY');
        if (key === undefined || provider === 'azure') return undefined;
        return { url: new URL('/v1/models', `https://${openaiHost}`), headers: bearer(key) };
      }),
    azureOpenai: () =>
      asked(context, () => {
        const { provider, value, azureApiVersion } = siteOf(subject);
        const key = value('YOUR_AZURE_OPENAI_API_KEY');
        const endpoint = value('YOUR_AZURE_OPENAI_ENDPOINT') ?? '';
        if (provider !== 'azure' || key === undefined || !URL.canParse(endpoint)) return undefined;
        const url = new URL(`${endpoint.replace(/\/+$/, '')}/openai/models`);
        url.searchParams.set('api-version', azureApiVersion());
        return { url, headers: { 'api-key': key } };
      }),
  };
}

/**
 * An unsigned ECR request. AWS rejects it, and its response contains the time
 * (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html, MissingAuthenticationToken).
 */
const unsigned = {
  method: 'POST',
  body: '{}',
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
  },
};

/** @param make creates the request; returns `undefined` if there is no server to ask */
function asked(
  { env, reporter, signal }: Context,
  make: () => NetworkRequest | undefined,
): Promise<Probed<Answer>> {
  return probe({ signal }, async (limited) => {
    const request = make();
    if (request === undefined) return absent;
    const withKey = request.headers !== undefined && request.method === undefined;
    if (withKey && request.url.protocol !== 'https:' && !isLoopback(request.url.hostname)) {
      return refused(`${request.url.origin} does not use HTTPS, so the key was not sent`);
    }
    const limits = { connectMs: probeLimitMs, idleMs: probeLimitMs, tries: 1 };
    const trace = (line: string) => reporter.detail(line);
    const network = createNetwork({ env, limits, trace });
    try {
      return known(await askServer(network, { ...request, signal: limited }, { body: withKey }));
    } finally {
      network.close();
    }
  });
}

/** The region of the account, from the credentials file or the registry's name. */
export function regionOfSubject({ account, installation }: Subject): string | undefined {
  return account?.region ?? regionOf(installation?.lock.registry ?? '');
}

export function registryOfSubject({ account, installation }: Subject): string | undefined {
  return installation?.lock.registry ?? account?.registry;
}

/** As in Docker, a registry on this machine can use plain HTTP. */
function schemeFor(registry: string): string {
  return isLoopback(registry.replace(/:\d+$/, '')) ? 'http' : 'https';
}
