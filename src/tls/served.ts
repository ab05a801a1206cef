import { X509Certificate } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { readText } from '../lib/fs/files.ts';
import { abilitiesIn } from '../nginx/nginx.ts';
import { certificateOfSite } from '../nginx/site-certificate.ts';
import { nginxFile } from '../release/layout.ts';
import { hostOfSite } from '../values/site-host.ts';

/** How long nginx on this host may take to present its certificate, in milliseconds. */
const patience = 2_000;

/** The certificate of a site: what is served, compared with its file. */
export interface ServedCertificate {
  readonly file: string;
  /** nginx serves the certificate in the file, on IPv4 and IPv6. */
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
  const [ipv4, ipv6] = await Promise.all([
    presented('127.0.0.1', host, signal),
    abilitiesIn(conf).ipv6 && hasLoopback6() ? presented(loopback6, host, signal) : 'not asked',
  ]);
  if (ipv4 === undefined) return undefined;
  const { fingerprint256 } = new X509Certificate(pem);
  const served = [ipv4, ipv6].filter((each) => each instanceof X509Certificate);
  const same = served.every((each) => each.fingerprint256 === fingerprint256);
  return { file, same, ...(ipv6 === undefined && { silent: loopback6 }) };
}

const loopback6 = '::1';

function hasLoopback6(): boolean {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.some(({ address }) => address === loopback6);
}

/** Only looks at the certificate: it is not verified, and nothing is sent. */
function presented(
  address: string,
  { name, port }: { readonly name: string; readonly port: number },
  signal: AbortSignal,
): Promise<X509Certificate | undefined> {
  return new Promise((resolve) => {
    const options = { host: address, port, servername: name, rejectUnauthorized: false };
    const socket = connect(options, () => end(socket.getPeerX509Certificate()));
    const end = (certificate?: X509Certificate) => {
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(certificate);
    };
    const giveUp = () => end();
    signal.addEventListener('abort', giveUp);
    socket.setTimeout(patience, giveUp);
    socket.on('error', giveUp);
  });
}
