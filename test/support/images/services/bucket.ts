/**
 * Stands in for `bucket`: the part of S3's REST API that stores and lists objects, addressed by path
 * (`/bucket/key`). Signatures are not looked at.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import { objectStore } from './object-store.ts';
import { serve } from './serve.ts';

const server = createServer(async (request, response) => {
  try {
    await answer(request, response);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    response.writeHead(isMissing ? 404 : 500, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>${isMissing ? 'NoSuchKey' : 'InternalError'}</Code></Error>\n`);
  }
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://bucket');
  const [bucket = '', ...rest] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const key = rest.join('/');
  switch (`${request.method} ${key === '' ? 'bucket' : 'object'}`) {
    case 'PUT bucket':
      objectStore.createBucket(bucket);
      response.end();
      return;
    case 'GET bucket':
      response.setHeader('content-type', 'application/xml');
      response.end(listing(objectStore.list(bucket, url.searchParams.get('prefix') ?? '')));
      return;
    case 'PUT object':
      response.setHeader('etag', objectStore.put(bucket, key, await readBody(request)));
      response.end();
      return;
    case 'GET object':
    case 'HEAD object': {
      const { content, etag } = objectStore.get(bucket, key);
      response.writeHead(200, { etag, 'content-length': content.length });
      response.end(request.method === 'GET' ? content : undefined);
      return;
    }
    case 'DELETE object':
      objectStore.remove(bucket, key);
      response.writeHead(204).end();
      return;
    default:
      response.writeHead(405).end();
  }
}

function listing(keys: readonly string[]): string {
  const contents = keys.map((key) => `<Contents><Key>${escapeXml(key)}</Key></Contents>`);
  return `<ListBucketResult><KeyCount>${keys.length}</KeyCount>${contents.join('')}</ListBucketResult>\n`;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

serve(server, 9000);
