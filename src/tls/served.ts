import { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createSecureContext } from 'node:tls';
import type { ServiceContainer } from '../compose/docker-answers.ts';
import { readText } from '../lib/fs/files.ts';
import { abilitiesIn } from '../nginx/nginx.ts';
import { certificateOfSite } from '../nginx/site-certificate.ts';
import { nginxFile } from '../release/layout.ts';
import { hostOfSite } from '../values/site-host.ts';

/** How long a server on this host may take to present its certificate, in milliseconds. */
const patience = 2_000;

/** A certificate that is served, compared with its file. */
export interface ServedCertificate {
  readonly file: string;
  /** It is the one in the file: on IPv4 and, if the site listens there, on IPv6. */
  readonly same: boolean;
  /** The IPv6 address of this host on which nothing answers, although the site listens there. */
  readonly silent?: string;
}

/**
 * Asks nginx on this host which certificate it serves. It goes on with the one that it loaded, whatever the file contains
 * by now.
 * @param folder of the installation
 * @returns `undefined` if the site has no readable certificate, or nothing answers
 */
export async function servedCertificate(
  folder: string,
  signal: AbortSignal,
): Promise<ServedCertificate | undefined> {
  const conf = (await readText(join(folder, nginxFile))) ?? '';
  const file = certificateOfSite(conf)?.certificate;
  const host = hostOfSite(conf);
  const pem = file === undefined ? undefined : await readText(file).catch(() => undefined);
  if (file === undefined || pem === undefined || host === undefined) return undefined;
  const on = (address: string) =>
    presented({ host: address, port: host.port, servername: serverNameOf(host.name) }, signal);
  const [ipv4, ipv6] = await Promise.all([
    on('127.0.0.1'),
    abilitiesIn(conf).ipv6 && hasLoopback6() ? on(loopback6) : 'not asked',
  ]);
  if (ipv4 === undefined) return undefined;
  const served = [ipv4, ipv6].filter((each) => each instanceof X509Certificate);
  const same = served.every((each) => isSame(pem, each));
  return { file, same, ...(ipv6 === undefined && { silent: loopback6 }) };
}

/** Clients name no address as the server (RFC 6066, 3), and Node warns of it. */
function serverNameOf(host: string): string | undefined {
  return isIP(host) === 0 ? host : undefined;
}

const loopback6 = '::1';

function hasLoopback6(): boolean {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.some(({ address }) => address === loopback6);
}

/**
 * Asks PostgreSQL on this host which certificate it serves.
 * @param container of the database, with this host's certificate
 * @returns `undefined` if it has none, its file cannot be read, or nothing answers on its port
 */
export async function databaseCertificate(
  { files, ports }: Pick<ServiceContainer, 'files' | 'ports'>,
  port: number,
  signal: AbortSignal,
): Promise<ServedCertificate | undefined> {
  const file = files.find(({ target }) => target === certificateMount)?.source;
  const published = ports.find(({ containerPort }) => containerPort === `${port}/tcp`);
  const pem = file === undefined ? undefined : await readText(file).catch(() => undefined);
  if (file === undefined || pem === undefined || published === undefined) return undefined;
  const { address } = published;
  const host = ['0.0.0.0', '::', ''].includes(address) ? '127.0.0.1' : address;
  const listener = { host, port: published.port, request: sslRequest };
  const served = await presented(listener, signal);
  return served && { file, same: isSame(pem, served) };
}

/**
 * Why a service could not serve the certificate that it mounts. PostgreSQL does not say so at a reload: it goes on with the
 * previous one, and does not start again.
 * @returns `undefined` if nothing is wrong, or the files cannot be read
 */
export async function mountedCertificateFault({
  files,
}: Pick<ServiceContainer, 'files'>): Promise<string | undefined> {
  const [certificate = '', key = ''] = [certificateMount, `${certificateMount}_key`].map(
    (mount) => files.find(({ target }) => target === mount)?.source,
  );
  const read = (file: string) => readText(file).catch(() => undefined);
  const [pem, keyPem] = [await read(certificate), await read(key)];
  if (pem === undefined || keyPem === undefined) return undefined;
  try {
    createSecureContext({ cert: pem, key: keyPem });
    return undefined;
  } catch (error) {
    const { message, reason = message } = error as Error & { readonly reason?: string };
    return `the certificate ${certificate} cannot be used with the key ${key}: ${reason}`;
  }
}

const certificateMount = '/run/secrets/tls_certificate';

function isSame(pem: string, served: X509Certificate): boolean {
  try {
    return new X509Certificate(pem).fingerprint256 === served.fingerprint256;
  } catch {
    // An unreadable certificate has checks of its own.
    return true;
  }
}

interface Listener {
  readonly host: string;
  readonly port: number;
  readonly servername?: string | undefined;
  /** Sent first; TLS begins after the answer `S`. */
  readonly request?: Buffer;
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html. No rule of pg_hba.conf applies yet. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Only looks at the certificate: it is not verified. */
function presented(
  { host, port, servername, request }: Listener,
  signal: AbortSignal,
): Promise<X509Certificate | undefined> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port });
    const end = (certificate?: X509Certificate) => {
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(certificate);
    };
    const giveUp = () => end();
    const secure = () => {
      const names = servername === undefined ? {} : { servername };
      const secured = connectTls({ socket, ...names, rejectUnauthorized: false }, () =>
        end(secured.getPeerX509Certificate()),
      );
      secured.on('error', giveUp);
    };
    signal.addEventListener('abort', giveUp);
    socket.setTimeout(patience, giveUp);
    socket.on('error', giveUp).on('close', giveUp);
    if (request === undefined) socket.on('connect', secure);
    else {
      socket.on('connect', () => socket.write(request));
      socket.once('data', (answer) => (answer.toString() === 'S' ? secure() : giveUp()));
    }
  });
}
