import type { Context } from '../../context.ts';
import { wantedArtifacts } from '../../installation/installation.ts';
import { askServer } from '../../lib/net/ask-server.ts';
import { createNetwork, type Network, type NetworkRequest } from '../../lib/net/network.ts';
import { isLoopback } from '../../lib/net/proxy.ts';
import { probe, probeLimitMs } from '../../lib/process/probe.ts';
import { absent, known, type Probed, refused } from '../../lib/process/probed.ts';
import { ecrRegistry } from '../../registry/credentials.ts';
import { ecrEndpoint, getAuthorizationToken } from '../../registry/ecr.ts';
import { openRegistry } from '../../registry/registry.ts';
import type { Answer } from '../facts/facts.ts';
import { ecrHost, openaiHost, sendgridHost } from '../hosts.ts';
import { siteOf } from './site-values.ts';
import type { Probes, Probing, Subject } from './subject.ts';

/** Responses from servers: ECR and the registry without a login; the storage with one; SendGrid and the model provider with a key. */
export function networkProbes({
  context,
  subject,
  get,
}: Probing): Probes<'ecr' | 'registry' | 'storage' | 'sendgrid' | 'openai' | 'azureOpenai'> {
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
    storage: async () => {
      // What stands before it in the way is reported once.
      const before = await Promise.all([get('ecr'), get('registry')]);
      if (before.some(({ kind }) => kind !== 'known')) return absent;
      return probe({ signal: context.signal, limitMs: storageLimitMs }, (signal) =>
        reached({ ...context, signal }, subject),
      );
    },
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
function asked(context: Context, make: () => NetworkRequest | undefined): Promise<Probed<Answer>> {
  return probe(context, async (limited) => {
    const request = make();
    if (request === undefined) return absent;
    const withKey = request.headers !== undefined && request.method === undefined;
    if (withKey && request.url.protocol !== 'https:' && !isLoopback(request.url.hostname)) {
      return refused(`${request.url.origin} does not use HTTPS, so the key was not sent`);
    }
    return onNetwork(context, async (network) =>
      known(await askServer(network, { ...request, signal: limited }, { body: withKey })),
    );
  });
}

/** Each phase ends before the probe does, to say what did not answer. */
const phaseMs = probeLimitMs - 1000;
const probeLimits = {
  name: phaseMs,
  connect: phaseMs,
  tls: phaseMs,
  proxy: phaseMs,
  answer: phaseMs,
  silence: phaseMs,
  tries: 1,
  patientTries: 1,
  download: { answer: phaseMs, totalMs: phaseMs },
};

/** For a login, a manifest and the first byte, one after the other. */
const storageLimitMs = 3 * probeLimitMs;

/** Downloads the first byte of an image of this installation, or of the release that the credentials name. */
async function reached(
  context: Context,
  { account, installation, templates }: Subject,
): Promise<Probed<Answer>> {
  const { reporter, signal } = context;
  if (account === undefined) return absent;
  const { credentials } = account;
  const pinned = installation && Object.values(installation.lock.images)[0];
  const [wanted] = wantedArtifacts(templates.release, credentials.hosting, credentials.namespace);
  const image =
    pinned === undefined
      ? wanted && { repository: wanted.repository, reference: credentials.release }
      : { repository: pinned.repository, reference: pinned.digest };
  if (image === undefined) return absent;
  return onNetwork(context, async (network) => {
    const token = await getAuthorizationToken({ aws: credentials.aws, network, signal });
    reporter.protect(token.password.reveal());
    const host = await openRegistry({ ...token, network, signal }).storageHost(image);
    return known({ host, status: 200 });
  });
}

/** The network for one probe: nothing is tried twice, and what takes too long says what it was. */
async function onNetwork<T>(
  { env, reporter }: Context,
  use: (network: Network) => Promise<T>,
): Promise<T> {
  const trace = (line: string) => reporter.detail(line);
  const network = createNetwork({ env, limits: probeLimits, trace });
  try {
    return await use(network);
  } finally {
    network.close();
  }
}

/** The region of the account, from the credentials file or the registry's name. */
export function regionOfSubject({ account, installation }: Subject): string | undefined {
  return account?.region ?? ecrRegistry(installation?.lock.registry ?? '')?.region;
}

export function registryOfSubject({ account, installation }: Subject): string | undefined {
  return installation?.lock.registry ?? account?.registry;
}

/** As in Docker, a registry on this machine can use plain HTTP. */
function schemeFor(registry: string): string {
  return isLoopback(registry.replace(/:\d+$/, '')) ? 'http' : 'https';
}
