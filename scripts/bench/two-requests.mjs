// node two-requests.mjs: the lower bound for a program that gets a token from ECR and a digest from the registry:
// two requests with only Node's https, signed for AWS (Signature Version 4), on one connection.
import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:https';

const { AWS_ENDPOINT_URL_ECR, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION } =
  process.env;
const { host } = new URL(AWS_ENDPOINT_URL_ECR);
const agent = new Agent({ keepAlive: true });
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

function signed(body) {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    host,
    'x-amz-date': date,
    'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n');
  const scope = [date.slice(0, 8), AWS_DEFAULT_REGION, 'ecr', 'aws4_request'];
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce(hmac, `AWS4${AWS_SECRET_ACCESS_KEY}`);
  const signature = hmac(key, toSign).toString('hex');
  const credential = `Credential=${AWS_ACCESS_KEY_ID}/${scope.join('/')}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

function ask(path, options, body) {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${AWS_ENDPOINT_URL_ECR}${path}`,
      { agent, ...options },
      async (answer) => {
        const chunks = await answer.toArray();
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`${path}: ${answer.statusCode} ${Buffer.concat(chunks)}`));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const token = JSON.parse(await ask('/', { method: 'POST', headers: signed('{}') }, '{}'));
const authorization = `Basic ${token.authorizationData[0].authorizationToken}`;
const accept =
  'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
await ask('/v2/proto/platform/manifests/stable', { headers: { authorization, accept } });
agent.destroy();
