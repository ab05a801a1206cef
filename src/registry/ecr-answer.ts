import { UserError } from '../errors.ts';
import { isLoopback } from '../lib/net/proxy.ts';
import { Secret } from '../secret.ts';

/** REGISTRY_ANSWER_INVALID for an answer to GetAuthorizationToken that lacks what it must have. */
export function notAsDocumented(host: string): UserError {
  const message = `${host} answered GetAuthorizationToken with something that is not a login.`;
  return new UserError('REGISTRY_ANSWER_INVALID', message);
}

/**
 * Takes `authorizationToken` apart: base64 of `user:password`.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_AuthorizationData.html
 *
 * @throws UserError REGISTRY_ANSWER_INVALID where it is not that
 */
export function readToken(
  token: unknown,
  host: string,
): { readonly username: string; readonly password: Secret } {
  const text = typeof token === 'string' ? Buffer.from(token, 'base64').toString() : '';
  const [, username, password] = /^([^:]+):(\S+)$/.exec(text) ?? [];
  if (username === undefined || password === undefined) throw notAsDocumented(host);
  return { username, password: new Secret(password) };
}

/**
 * The registry that a token is for.
 *
 * @throws UserError AWS_ACCOUNT_MISMATCH where it belongs to another account or region than named;
 *   REGISTRY_ANSWER_INVALID where it is no URL that a token may be sent to
 */
export function readRegistryAddress(
  proxyEndpoint: unknown,
  named: { readonly accountId: string; readonly region: string },
  host: string,
): { readonly registry: string; readonly proxyEndpoint: string } {
  if (typeof proxyEndpoint !== 'string' || !URL.canParse(proxyEndpoint)) {
    throw notAsDocumented(host);
  }
  const url = new URL(proxyEndpoint);
  // Docker, too, speaks plain HTTP to a registry on the loopback interface alone.
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    const message = `${host} names a registry, ${url.host}, that does not speak HTTPS.`;
    throw new UserError('REGISTRY_ANSWER_INVALID', message);
  }
  checkAccount(url.hostname, named);
  return { registry: url.host, proxyEndpoint: url.origin };
}

/** `<account>.dkr.ecr[-fips].<region>.…`, or `<account>.dkr-ecr.<region>.on.aws` for dual stack. */
const ecrHost = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\./;

function checkAccount(
  hostname: string,
  named: { readonly accountId: string; readonly region: string },
): void {
  const [, accountId, region] = ecrHost.exec(hostname) ?? [];
  // An emulator's host has no account in it.
  if (accountId === undefined) return;
  if (accountId !== named.accountId) {
    const message = `The access key belongs to the AWS account ${accountId}, but the credentials name ${named.accountId}.`;
    throw new UserError('AWS_ACCOUNT_MISMATCH', message);
  }
  if (region !== named.region) {
    const message = `ECR answered for the region ${region}, but the credentials name ${named.region}.`;
    throw new UserError('AWS_ACCOUNT_MISMATCH', message);
  }
}
