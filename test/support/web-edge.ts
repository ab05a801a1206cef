import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The host's side of a site: a certificate, Debian's nginx in front, and requests as people make them. */

/** A certificate for `host` as `chat.pem`, and its key as `chat.key`. */
export function makeCertificate(folder: string, host: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const out = ['-keyout', join(folder, 'chat.key'), '-out', join(folder, 'chat.pem'), '-days', '2'];
  const name = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  execFileSync('openssl', ['req', '-x509', ...key, ...out, ...name], { stdio: 'ignore' });
}

/**
 * Starts nginx as root on ports 80 and 443, its workers www-data, with one site alone.
 * @param folder to be made, for all that nginx writes
 */
export async function startNginx(folder: string, site: string): Promise<ChildProcess> {
  await mkdir(folder, { mode: 0o755 });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const conf = [
    'user www-data;',
    `pid ${folder}/pid;`,
    `error_log ${folder}/error.log;`,
    'events {}',
    'http {',
    'include /etc/nginx/mime.types;',
    `access_log ${folder}/access.log;`,
    ...temporary.map((name) => `${name}_temp_path ${folder}/${name};`),
    `include "${site}";`,
    '}',
  ];
  await writeFile(join(folder, 'nginx.conf'), conf.join('\n'));
  const args = ['-c', join(folder, 'nginx.conf'), '-p', folder, '-g', 'daemon off;'];
  const nginx = spawn('/usr/sbin/nginx', args, { stdio: 'inherit' });
  while (!(await answers(443))) {
    if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}`);
    await sleep(50);
  }
  return nginx;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** One request through nginx on this host, with the host name that people use. */
export function askSite(
  host: string,
  path: string,
  headers: Record<string, string> = {},
  upload?: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      ...{ host: '127.0.0.1', servername: host, rejectUnauthorized: false, path },
      ...{ method: upload ? 'POST' : 'GET', headers: { host, ...headers } },
    };
    const sent = request(options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
      });
    });
    sent.on('error', reject);
    sent.end(upload);
  });
}
