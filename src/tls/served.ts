import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { readText } from '../lib/fs/files.ts';
import { certificateOfSite } from '../nginx/site-certificate.ts';
import { nginxFile } from '../release/layout.ts';
import { hostOfSite } from '../values/site-host.ts';

/** How long nginx on this host may take to present its certificate, in milliseconds. */
const patience = 2_000;

/** The certificate of a site: what is served, compared with its file. */
export interface ServedCertificate {
  readonly file: string;
  /** nginx serves the certificate in the file. */
  readonly same: boolean;
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
  const served = await presented(host, signal);
  if (served === undefined) return undefined;
  return { file, same: new X509Certificate(pem).fingerprint256 === served.fingerprint256 };
}

/** Only looks at the certificate: it is not verified, and nothing is sent. */
function presented(
  { name, port }: { readonly name: string; readonly port: number },
  signal: AbortSignal,
): Promise<X509Certificate | undefined> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, servername: name, rejectUnauthorized: false };
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
