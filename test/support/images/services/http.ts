/**
 * Stands in for `platform` and `chatbot`. Every answer is JSON and tells what arrived, so that a test
 * sees which service a route leads to and what a proxy made of path and headers. `GET /config` tells
 * of the configuration file.
 */
import { createServer } from 'node:http';
import { readBody } from './body.ts';
import { reportConfig } from './config-report.ts';
import { identity, serve } from './serve.ts';

let uploads = 0;

const server = createServer(async (request, response) => {
  const body = await readBody(request);
  if (request.method === 'POST') uploads += 1;
  const answer = {
    ...identity,
    method: request.method,
    path: request.url,
    headers: request.headers,
    bodyBytes: body.length,
    uploads,
    ...(request.url === '/config' ? { config: reportConfig() } : {}),
  };
  response.setHeader('content-type', 'application/json');
  response.end(`${JSON.stringify(answer)}\n`);
});

serve(server, 8080);
