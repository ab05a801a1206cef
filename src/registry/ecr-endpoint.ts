import { UserError } from '../errors.ts';
import type { Environment } from '../lib/net/proxy.ts';

/**
 * The endpoint that the environment asks for in place of ECR's own, or undefined.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 *
 * @throws UserError USAGE where the variable holds no http(s) URL
 */
export function ecrEndpoint(env: Environment): URL | undefined {
  const name = endpointVariable(env);
  if (name === undefined) return undefined;
  const value = env[name] as string;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw new UserError('USAGE', `The environment variable ${name} is not an http or https URL.`, {
    hint: `Correct ${name}, or unset it to use the endpoint of AWS.`,
  });
}

/** The environment variable that `ecrEndpoint` goes by, or undefined. */
export function endpointVariable(env: Environment): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true') return undefined;
  return ['AWS_ENDPOINT_URL_ECR', 'AWS_ENDPOINT_URL'].find((key) => env[key]);
}
