import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ecrClient } from './client.ts';
import { type EmbeddedRegistry, exampleKey, startRegistry } from './index.ts';

const temporaryKey = {
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE',
};
const expiredKey = {
  ...temporaryKey,
  accessKeyId: 'ASIAI44QH8DHBEXAMPLE',
  sessionExpired: true,
};
const powerlessKey = {
  ...exampleKey,
  accessKeyId: 'AKIAI44QH8DHBEXAMPLE',
  permissions: ['ecr:BatchGetImage'],
  user: 'x',
};

const getToken = new GetAuthorizationTokenCommand({});
const minute = 60_000;
let registry: EmbeddedRegistry;

beforeEach(async () => {
  registry = await startRegistry({ keys: [exampleKey, temporaryKey, expiredKey, powerlessKey] });
});
afterEach(() => registry.close());

describe('a signature made by the AWS client', () => {
  it('is accepted when key, secret, region and clock are right', async () => {
    const { authorizationData } = await ecrClient(registry).send(getToken);

    expect(authorizationData).toHaveLength(1);
    expect(authorizationData?.[0]?.proxyEndpoint).toBe(registry.url);
    const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64');
    expect(token.toString()).toMatch(/^AWS:[A-Za-z0-9+/=]{1500,}$/);
    expect(registry.requests).toMatchObject([
      { role: 'ecr', target: 'GetAuthorizationToken', status: 200, keyId: exampleKey.accessKeyId },
    ]);
  });

  it('can be answered with the name of another registry', async () => {
    const proxyEndpoint = 'https://999999999999.dkr.ecr.us-east-1.amazonaws.com';
    const foreign = await startRegistry({ proxyEndpoint });
    const { authorizationData } = await ecrClient(foreign).send(getToken);
    await foreign.close();

    expect(authorizationData?.[0]?.proxyEndpoint).toBe(proxyEndpoint);
  });

  it('is accepted for a temporary key with its session token', async () => {
    await ecrClient(registry, { key: temporaryKey }).send(getToken);

    expect(registry.requests[0]?.keyId).toBe(temporaryKey.accessKeyId);
  });

  it.each([
    [
      'a wrong secret',
      { ...exampleKey, secretAccessKey: 'wrong' },
      'InvalidSignatureException',
      /^The request signature we calculated does not match the signature you provided\. Check your/,
    ],
    [
      'an unknown key',
      { ...exampleKey, accessKeyId: 'AKIAUNKNOWN' },
      'UnrecognizedClientException',
      /^The security token included in the request is invalid\.$/,
    ],
    [
      'a temporary key without its session token',
      { ...temporaryKey, sessionToken: '' },
      'UnrecognizedClientException',
      /^The security token included in the request is invalid\.$/,
    ],
    [
      'an expired session token',
      expiredKey,
      'ExpiredTokenException',
      /^The security token included in the request is expired$/,
    ],
    [
      'a key without the permission',
      powerlessKey,
      'AccessDeniedException',
      /^User: arn:aws:iam::123456789012:user\/x is not authorized to perform: ecr:GetAuthorizationToken on resource: \* because no identity-based policy allows the ecr:GetAuthorizationToken action$/,
    ],
  ])('is refused for %s', async (_title, key, name, message) => {
    const refused = ecrClient(registry, { key }).send(getToken);

    await expect(refused).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
  });

  it('is refused when the body was changed under way', async () => {
    const client = ecrClient(registry);
    client.middlewareStack.add(
      (next) => (args) => {
        Object.assign(args.request as object, { body: '[]' });
        return next(args);
      },
      { step: 'deserialize', name: 'changeBodyAfterSigning', priority: 'low' },
    );

    await expect(client.send(getToken)).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });

  it('is refused for another region', async () => {
    await expect(ecrClient(registry, { region: 'us-west-1' }).send(getToken)).rejects.toMatchObject(
      {
        name: 'InvalidSignatureException',
        message: "Credential should be scoped to a valid region, not 'us-west-1'. ",
      },
    );
  });

  it.each([
    [
      'behind',
      6,
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
    ],
    [
      'ahead',
      -6,
      /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$/,
    ],
  ])('is refused when the caller is six minutes %s', async (_title, minutes, message) => {
    registry.setClockOffset(minutes * minute);

    await expect(ecrClient(registry).send(getToken)).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringMatching(message),
    });
  });

  it('is accepted when the clocks are four minutes apart', async () => {
    registry.setClockOffset(4 * minute);
    await ecrClient(registry).send(getToken);
    registry.setClockOffset(-4 * minute);
    await ecrClient(registry).send(getToken);

    expect(registry.requests.map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe('a request that is not signed well', () => {
  const post = (headers: Record<string, string>) =>
    fetch(registry.url, {
      method: 'POST',
      body: '{}',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
        ...headers,
      },
    });

  it('is refused without a signature', async () => {
    const response = await post({});

    expect(await response.json()).toEqual({
      __type: 'MissingAuthenticationTokenException',
      message: 'Missing Authentication Token',
    });
  });

  it('is refused with a torn Authorization header', async () => {
    const response = await post({ authorization: 'AWS4-HMAC-SHA256 Credential=AKIA' });

    expect(await response.json()).toMatchObject({ __type: 'IncompleteSignatureException' });
  });

  it('is refused, and marked as unknown, for an operation that the registry was never taught', async () => {
    const response = await post({
      'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.DeleteRepository',
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException' });
    expect(registry.requests[0]).toMatchObject({ target: 'DeleteRepository', known: false });
  });
});
