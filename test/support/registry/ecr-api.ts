import type { IncomingMessage } from 'node:http';
import type { AccessKey } from './access.ts';
import { type Answer, awsError } from './answer.ts';
import { batchGetImage } from './batch-get-image.ts';
import { readBody } from './body.ts';
import { type Input, mustBeAllowed, onlyMembers } from './ecr-input.ts';
import { verifySignature } from './sigv4.ts';
import type { RegistryState } from './state.ts';

type Operation = (state: RegistryState, key: AccessKey, input: Input) => object;

const prefix = 'AmazonEC2ContainerRegistry_V20150921.';
const operations: Readonly<Record<string, Operation>> = {
  GetAuthorizationToken: getAuthorizationToken,
  BatchGetImage: batchGetImage,
};

/**
 * Answers ECR's JSON API: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/
 *
 * @param seen told which key signed, as soon as that is known
 */
export async function answerEcr(
  state: RegistryState,
  request: IncomingMessage,
  seen: (key: AccessKey) => void,
): Promise<Answer> {
  const body = await readBody(request, 1024 * 1024);
  const target = String(request.headers['x-amz-target']);
  const operation = operations[target.replace(prefix, '')];
  if (!target.startsWith(prefix) || operation === undefined) {
    throw awsError('UnknownOperationException', `Unknown operation ${target}`, 400, false);
  }
  if (request.headers['content-type'] !== 'application/x-amz-json-1.1') {
    throw awsError('SerializationException', 'Unexpected content type', 400, false);
  }
  const key = verifySignature(
    { method: 'POST', url: request.url ?? '', headers: request.headers, body },
    { region: state.region, service: 'ecr', now: state.now(), keys: state.keys },
  );
  seen(key);
  const output = operation(state, key, parse(body));
  return {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: Buffer.from(JSON.stringify(output)),
  };
}

function parse(body: Buffer): Input {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw awsError('SerializationException', 'The request body is not JSON');
  }
}

function getAuthorizationToken(state: RegistryState, key: AccessKey, input: Input): object {
  onlyMembers(input, ['registryIds']);
  mustBeAllowed(state, key, 'ecr:GetAuthorizationToken');
  const ids = (input.registryIds ?? [state.accountId]) as readonly string[];
  const { proxyEndpoint } = state;
  const authorizationData = ids.map(() => {
    const { authorizationToken, expiresAt } = state.tokens.issue(key, state.now());
    return { authorizationToken, expiresAt: expiresAt / 1000, proxyEndpoint };
  });
  return { authorizationData };
}
