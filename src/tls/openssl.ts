import { isIpv4 } from '../lib/net/cidrs.ts';
import type { Command } from '../lib/process/process.ts';

/**
 * The commands that generate an own certificate with the host's openssl (1.1.1 or later), all in one folder. Keys are
 * files there, never arguments.
 */

/** Must exist in the folder before any command runs. */
export const opensslConfigFile = 'openssl.cnf';

/** Names of the files that the commands read and write. */
export const opensslFiles = {
  ca_key: 'ca.key',
  ca_certificate: 'ca.pem',
  key: 'host.key',
  certificate: 'host.pem',
} as const;

/** In days: a CA that outlives the host, and the longest validity that programs accept (CA/Browser Forum, 2018). */
const caDays = 3650;
const longestDays = 825;

export const opensslVersion: Command = openssl('version');

function openssl(...args: string[]): Command {
  return { program: 'openssl', args };
}

function newKey(file: string): Command {
  const curve = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  return openssl('genpkey', ...curve, '-out', file);
}

/** Creates the CA. */
export function authorityCommands(): Command[] {
  const { ca_key, ca_certificate } = opensslFiles;
  const common = ['-config', opensslConfigFile, '-extensions', 'authority'];
  return [
    newKey(ca_key),
    openssl(
      ...['req', '-x509', '-new', '-sha256', ...common, '-subj', '/CN=Own CA of a Proto AICX host'],
      ...['-days', String(caDays), '-key', ca_key, '-out', ca_certificate],
    ),
  ];
}

/**
 * Creates this host's certificate, signed by the CA in the folder.
 * @param serial hex digits, unique for this CA (RFC 5280, 4.1.2.2: 20 bytes at most)
 * @param most days for which the CA itself is still valid
 */
export function certificateCommands(serial: string, most = longestDays): Command[] {
  const { ca_key, ca_certificate, key, certificate } = opensslFiles;
  const request = 'host.csr';
  const days = String(Math.min(longestDays, most));
  return [
    newKey(key),
    openssl(
      ...['req', '-new', '-sha256', '-config', opensslConfigFile, '-subj', '/CN=Proto AICX host'],
      ...['-key', key, '-out', request],
    ),
    openssl(
      ...['x509', '-req', '-sha256', '-in', request, '-CA', ca_certificate, '-CAkey', ca_key],
      ...['-set_serial', `0x${serial}`, '-days', days],
      ...['-extfile', opensslConfigFile, '-extensions', 'host', '-out', certificate],
    ),
  ];
}

/** @param name of the host, which clients compare with the certificate; the subject is ignored (RFC 6125) */
export function opensslConfig(name: string): string {
  const kind = isIpv4(name) ? 'IP' : 'DNS';
  return `[req]
distinguished_name = subject
[subject]
[authority]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[host]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = ${kind}:${name}
`;
}
