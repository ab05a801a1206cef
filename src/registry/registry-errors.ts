import { UserError } from '../errors.ts';
import { isUnavailable, readJson, unavailable, unexpected } from '../lib/net/answer-errors.ts';
import type { NetworkResponse } from '../lib/net/network.ts';
import type { TryAgain } from '../lib/net/retry.ts';
import { parseDenial } from './aws-errors.ts';
import { parseJsonObject, stringMap } from './manifest.ts';

/** The request to the registry. */
export interface Asked {
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

const maxErrorBody = 64 * 1024;

/**
 * Turns a refusal of the registry into a message for the operator: the distribution specification's error
 * codes, as ECR uses them (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes).
 *
 * @returns REPOSITORY_UNKNOWN, RELEASE_UNKNOWN, REGISTRY_DENIED, REGISTRY_ANSWER_INVALID, or
 *   SERVICE_UNAVAILABLE within TryAgain
 */
export async function registryFailure(
  response: NetworkResponse,
  asked: Asked,
): Promise<UserError | TryAgain> {
  const { status } = response;
  if (isUnavailable(status)) return unavailable(response);
  if (status === 401) {
    response.discard();
    return tokenRefused(response, asked, 'it rejected the token');
  }
  if (status < 400) return unexpected(response, 'a registry');
  const { code, message } = firstError(await readJson(response, maxErrorBody, 'a registry'));
  return byCode(code, message, response, asked);
}

function byCode(code: string, message: string, response: NetworkResponse, asked: Asked): UserError {
  const { repository, reference } = asked;
  const { host } = response.url;
  switch (code) {
    case 'NAME_UNKNOWN':
      return new UserError('REPOSITORY_UNKNOWN', `Repository ${repository} not found on ${host}.`);
    case 'MANIFEST_UNKNOWN':
      return new UserError('RELEASE_UNKNOWN', `${nameOf(asked)} not found on ${host}.`);
    case 'BLOB_UNKNOWN':
      return new UserError(
        'REGISTRY_ANSWER_INVALID',
        `${reference}, a part of ${repository}, is missing on ${host}.`,
      );
    case 'DENIED':
    case 'UNAUTHORIZED':
      return denied(message, response, asked);
    default:
      return new UserError(
        'REGISTRY_ANSWER_INVALID',
        `${host} refused ${nameOf(asked)} (${response.status}, ${code}).`,
      );
  }
}

/** `namespace/name:tag`, or `namespace/name@sha256:…` */
export function nameOf({ repository, reference }: Asked): string {
  return `${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
}

/** Identified by form. The registry's own text is never shown, because it may contain private data. */
function denied(text: string, response: NetworkResponse, asked: Asked): UserError {
  if (/token has expired/i.test(text))
    return tokenRefused(response, asked, 'the token has expired');
  if (/token is invalid/i.test(text)) {
    return tokenRefused(response, asked, 'it rejected the token');
  }
  const { user = 'the user of this access key', permission, because } = parseDenial(text);
  const reason =
    permission === undefined
      ? 'no reason given'
      : `${user} lacks the permission ${permission}${because}`;
  return new UserError('REGISTRY_DENIED', refused(response, asked, reason));
}

function tokenRefused(response: NetworkResponse, asked: Asked, reason: string): UserError {
  return new UserError('REGISTRY_DENIED', refused(response, asked, reason), {
    hint: 'Run the command again to request a new token. If the error persists, check the clock with `timedatectl`.',
  });
}

function refused({ url }: NetworkResponse, { repository }: Asked, reason: string): string {
  return `${url.host} denied a pull from ${repository}: ${reason}.`;
}

function firstError(body: Buffer): { readonly code: string; readonly message: string } {
  const { errors } = parseJsonObject(body) ?? {};
  const { code, message } = stringMap(Array.isArray(errors) ? errors[0] : undefined) ?? {};
  return { code: /^\w+$/.test(code ?? '') ? `${code}` : 'no code', message: message ?? '' };
}
