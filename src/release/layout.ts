/** Where things lie in an installation (DESIGN.md, "What lies on disk"), and who may read them. */

export const stateFolder = '.proto';
export const lockFile = `${stateFolder}/lock.json` as const;
export const baseFolder = `${stateFolder}/base` as const;
export const composeFile = 'backend/docker-compose.yml';
/** The site for the host's nginx. */
export const nginxFile = 'nginx/proto.conf';
export const configFolder = 'backend/config';
/** Each file in it is one value, and nothing else. */
export const secretsFolder = 'backend/secrets';
/** Who may connect to PostgreSQL, with hybrid hosting. */
export const hbaFile = 'backend/postgres/pg_hba.conf';
/** The certificate that `init` makes where none is given, and the CA that signed it. */
export const ownCertificate = {
  ca_certificate: `${secretsFolder}/ca_certificate`,
  ca_key: `${secretsFolder}/ca_certificate_key`,
  certificate: `${secretsFolder}/tls_certificate`,
  key: `${secretsFolder}/tls_certificate_key`,
} as const;

/** Modes by path: the first rule that fits. The web server reads what is static, nobody else the rest. */
const rules: readonly { path: RegExp; file: number; folder: number }[] = [
  // No container and no web server needs it: whoever has it can make certificates that the vendor trusts.
  { path: /^backend\/secrets\/ca_certificate_key$/, file: 0o600, folder: 0o700 },
  // The containers' users read these through the group that docker-compose.yml has them join.
  { path: /^backend\/(config|secrets|postgres)(\/|$)/, file: 0o640, folder: 0o700 },
  { path: /^(backend|\.proto)(\/|$)/, file: 0o600, folder: 0o700 },
  { path: /^/, file: 0o644, folder: 0o755 },
];

export function fileMode(path: string): number {
  return ruleFor(path).file;
}

export function folderMode(path: string): number {
  return ruleFor(path).folder;
}

/** Whether the containers' users read it, through the group that docker-compose.yml has them join. */
export function isForContainers(path: string): boolean {
  return (fileMode(path) & 0o044) === 0o040;
}

function ruleFor(path: string): { file: number; folder: number } {
  const rule = rules.find((candidate) => candidate.path.test(path));
  if (rule === undefined) throw new Error(`no mode for ${path}`);
  return rule;
}

/**
 * The Compose project's name from the folder's: lower case letters, digits, `-` and `_`, beginning with a
 * letter or digit (Compose specification, "name").
 * @param suffix of this installation alone: two folders of one name must not share containers and volumes
 */
export function projectName(folder: string, suffix: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+|-+$/g, '');
  return `${name === '' ? 'proto' : name}-${suffix}`;
}

/** The files of nginx's `ssl_certificate` and `ssl_certificate_key`, absolute paths of the host. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}
