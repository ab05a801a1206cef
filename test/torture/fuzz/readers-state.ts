import { parseManifest as parseBackup, parseHeader } from '../../../src/backup/manifest.ts';
import { clientProxies } from '../../../src/checks/facts/service-settings.ts';
import { readRecord } from '../../../src/installation/backup-record.ts';
import { parseLock } from '../../../src/installation/lock.ts';
import {
  mustBeDockerConfig,
  namesHelper,
  withHelper,
} from '../../../src/registry/docker-config.ts';
import { parseManifest } from '../../../src/registry/manifest.ts';
import { parseHelperRegistry } from '../../../src/registry/register-helper.ts';
import { storedLogin } from '../../../src/registry/stored-login.ts';
import { header } from '../../backup/archive.ts';
import { installed } from '../../support/releases.ts';
import { hostileJson } from './hostile.ts';
import { type Reader, reader } from './reader.ts';

/** Readers of what this program, another or the registry keeps. */

const digest = `sha256:${'0'.repeat(64)}`;
const whole = installed('2026.11.0', { YOUR_URL: 'chat.example-bank.com' });
const lock = { ...whole.lock, files: { 'backend/config/platform.toml': '0'.repeat(64) } };
const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { mediaType: 'x', digest, size: 2 },
  layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 3 }],
  annotations: { 'org.opencontainers.image.version': '1' },
};
const backup = {
  ...header,
  parts: [{ name: 'files.tar', kind: 'files', bytes: 1, pieces: 1, sha256: '0'.repeat(64) }],
};
const dockerConfig = { auths: { 'x.example': { auth: 'QVdTOng=' } }, credHelpers: { y: 'z' } };

export const readersOfState: readonly Reader[] = [
  reader('a lock file', hostileJson(lock), (text) => parseLock(text, 'lock.json')),
  reader('a record of backups', hostileJson({ formatVersion: 1, backups: [] }), readRecord),
  reader('a header of a backup', hostileJson(backup), parseHeader),
  reader('a manifest of a backup', hostileJson(backup), parseBackup),
  reader('a manifest of the registry', hostileJson(manifest), (text) =>
    parseManifest(Buffer.from(text), 'x'),
  ),
  reader("Docker's configuration", hostileJson(dockerConfig), (text) => {
    storedLogin(text, 'x.example');
    mustBeDockerConfig(text, 'config.json');
    namesHelper(text, 'x.example');
    clientProxies(text, 'unix:///x');
    withHelper(text, 'x.example', 'config.json');
  }),
  reader('the state of the helper', hostileJson({ formatVersion: 1, registries: {} }), (text) =>
    parseHelperRegistry(text, 'r.json'),
  ),
];
