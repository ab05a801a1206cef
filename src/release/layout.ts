/** The file layout of an installation (DESIGN.md, "What lies on disk"), and who can read each file. */

export const stateFolder = '.proto';
export const lockFile = `${stateFolder}/lock.json` as const;
export const baseFolder = `${stateFolder}/base` as const;
export const composeFile = 'backend/docker-compose.yml';
/** The site for the host's nginx. */
export const nginxFile = 'nginx/proto.conf';
export const configFolder = 'backend/config';
/** Each file in it contains exactly one value. */
export const secretsFolder = 'backend/secrets';
/** Who can connect to PostgreSQL, with hybrid hosting. */
export const hbaFile = 'backend/postgres/pg_hba.conf';
/** The certificate that `init` generates if none is given, and the CA that signed it. */
export const ownCertificate = {
  ca_certificate: `${secretsFolder}/ca_certificate`,
  ca_key: `${secretsFolder}/ca_certificate_key`,
  certificate: `${secretsFolder}/tls_certificate`,
  key: `${secretsFolder}/tls_certificate_key`,
} as const;

/** Modes by path: the first matching rule applies. The web server reads static files; other users read nothing else. */
const rules: readonly { path: RegExp; file: number; folder: number }[] = [
  // Containers and the web server do not need it. Anyone who has it can issue certificates that the vendor trusts.
  { path: /^backend\/secrets\/ca_certificate_key$/, file: 0o600, folder: 0o700 },
  // The containers' users read these through the group that docker-compose.yml adds them to.
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

/** Whether the containers' users read it, through the group that docker-compose.yml adds them to. */
export function isForContainers(path: string): boolean {
  return (fileMode(path) & 0o044) === 0o040;
}

function ruleFor(path: string): { file: number; folder: number } {
  const rule = rules.find((candidate) => candidate.path.test(path));
  if (rule === undefined) throw new Error(`no mode for ${path}`);
  return rule;
}

/**
 * Derives the Compose project's name from the folder's name: lower case letters, digits, `-` and `_`, starting with a
 * letter or digit (Compose specification, "name"). At most 63 characters: containers and volumes get names that begin with
 * it, and those become host names and folders.
 * @param suffix unique to this installation: two folders with the same name must not share containers and volumes
 */
export function projectName(folder: string, suffix: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 63 - suffix.length - 1)
    .replace(/-+$/, '');
  return `${name === '' ? 'proto' : name}-${suffix}`;
}

/** The files of nginx's `ssl_certificate` and `ssl_certificate_key`, absolute paths of the host. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}
