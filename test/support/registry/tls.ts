import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Certificates {
  /** The folder that holds the files; remove it with `remove`. */
  readonly folder: string;
  /** PEM file of the authority, for NODE_EXTRA_CA_CERTS and Docker. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM texts. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  remove(): Promise<void>;
}

export interface CertificateOptions {
  /** DNS names and IP addresses beside 127.0.0.1, ::1 and localhost. */
  readonly names?: readonly string[];
  /** Gives the server a certificate of the year 2020. */
  readonly expired?: boolean;
}

/** Makes a throwaway authority and a server certificate with the `openssl` program. */
export async function makeCertificates(options: CertificateOptions = {}): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-tls-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const names = ['127.0.0.1', '::1', 'localhost', ...(options.names ?? [])];
  await writeFile(at('ca.conf'), authorityConfig(names));
  await writeFile(at('index.txt'), '');
  await openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', '/CN=Throwaway test authority', '-days', '30'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ...['-keyout', 'ca.key', '-out', 'ca.pem'],
  );
  await openssl(
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr'],
  );
  const [from, until] = options.expired ? [2020, 2021] : [2025, 2045];
  // Of openssl's programs, `ca` alone can set both dates in every version.
  await openssl(
    ...['ca', '-batch', '-notext', '-config', 'ca.conf', '-cert', 'ca.pem', '-keyfile', 'ca.key'],
    ...['-startdate', `${from}0101000000Z`, '-enddate', `${until}0101000000Z`],
    ...['-in', 'server.csr', '-out', 'server.pem'],
  );
  const read = (name: string) => readFile(at(name), 'utf8');
  return {
    folder,
    caFile: at('ca.pem'),
    certFile: at('server.pem'),
    keyFile: at('server.key'),
    ca: await read('ca.pem'),
    cert: await read('server.pem'),
    key: await read('server.key'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function authorityConfig(names: readonly string[]): string {
  const alternatives = names.map((name) => {
    const isAddress = /^[\d.]+$/.test(name) || name.includes(':');
    return `${isAddress ? 'IP' : 'DNS'}:${name}`;
  });
  return `
[ca]
default_ca = authority
[authority]
new_certs_dir = .
database = index.txt
rand_serial = yes
default_md = sha256
policy = policy
x509_extensions = server
[policy]
commonName = supplied
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = ${alternatives.join(',')}
`;
}
