import { request } from 'node:http';

/**
 * One GET to the Engine's HTTP API over its Unix socket (docs.docker.com/engine/api).
 * @returns the parsed JSON answer
 * @throws when nothing answers, or with a status other than 200
 */
export function getFromEngine(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, timeout: 5000 }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        body += chunk;
      });
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(JSON.parse(body));
        else reject(new Error(`GET ${path}: ${answer.statusCode} ${body}`));
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`GET ${path}: no answer`)));
    sent.on('error', reject);
    sent.end();
  });
}
