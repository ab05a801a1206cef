import type { Facts } from '../../src/checks/facts/facts.ts';
import type { ServiceSettings } from '../../src/checks/facts/service-settings.ts';
import { parseMemTotal, parseOsRelease } from '../../src/checks/facts/system-files.ts';
import { readConfig } from '../../src/config/parameters.ts';
import { mountOf, parseMountInfo } from '../../src/lib/fs/mount-info.ts';
import { absent, known } from '../../src/lib/process/probed.ts';
import type { ChainFault } from '../../src/tls/chain.ts';
import { edited, installed, release } from '../support/releases.ts';
import { dockerInfo, fixture } from './fixture.ts';

/** A host on which all is well, with an installation; each test changes what it is about. */

export const gb = 1000 ** 3;
export const now = Date.UTC(2026, 10, 26);
export const hour = 60 * 60 * 1000;
export const day = 24 * hour;
export const chatHost = 'chat.example-bank.com';

const values = {
  YOUR_URL: chatHost,
  YOUR_SENDGRID_API_KEY: 'SG.abcdefgh',
  YOUR_DESIRED_EMAIL_FROM: 'example-bank.com',
  YOUR_SENDGRID_INBOUND_URL_KEY_PARAM: 'a long random word',
  YOUR_OPENAI_API_KEY: 'sk-abcdefgh',
};

/** The configuration after an edit of one file, by hand. */
export function configWith(change?: {
  readonly file: string;
  readonly from: string | RegExp;
  readonly to: string;
}): Facts['config'] {
  const fresh = installed('2026.11.0', values);
  const { base, current } =
    change === undefined
      ? fresh
      : edited(fresh, `backend/config/${change.file}`, (text) =>
          text.replace(change.from, change.to),
        );
  return readConfig({ templates: release('2026.11.0'), base, current });
}

/** Of an installation for which nothing was given. */
export function configUnset(): Facts['config'] {
  const { base, current } = installed('2026.11.0');
  return readConfig({ templates: release('2026.11.0'), base, current });
}

export const certificate = {
  validFrom: now - day,
  validTo: now + 90 * day,
  fitsKey: true,
  holdsForUrl: true,
};

const files = { certificate: '/etc/ssl/proto.pem', key: '/etc/ssl/proto.key' };

export function siteWith(
  read: Partial<typeof certificate & { chain: ChainFault }> | { fault: string },
): Pick<Facts, 'site'> {
  const facts = 'fault' in read ? read : { ...certificate, ...read };
  return {
    site: known({
      serverNames: [chatHost],
      ipv6: true,
      certificate: { files, read: known(facts) },
    }),
  };
}

/** The site names files that are not there. */
export function siteWithout(): Pick<Facts, 'site'> {
  return {
    site: known({ serverNames: [chatHost], ipv6: true, certificate: { files, read: absent } }),
  };
}

export function dockerDisk(change: object = {}): Pick<Facts, 'dockerDisk'> {
  const mount = mountOf('/', parseMountInfo(fixture('mountinfo.ext4')));
  const disk = { path: '/var/lib/docker', free: 600 * gb, size: 900 * gb, guessed: false };
  return { dockerDisk: known({ ...disk, ...(mount && { mount }), ...change }) };
}

export function dockerConfig(change: object): Pick<Facts, 'dockerConfig'> {
  const path = '/home/proto/.docker/config.json';
  return { dockerConfig: known({ path, uid: 1000, login: { kind: 'helper' }, ...change }) };
}

const file = (path: string, mode: number) => ({
  path,
  mode: 0o100000 | mode,
  uid: 1000,
  gid: 1000,
  wanted: { mode, uid: 1000, ...(path.includes('config/') && { gid: 1000 }) },
  reachable: false,
});
export const configFile = file('backend/config/platform.toml', 0o640);

const folder = (path: string, mode: number) => ({
  path,
  mode: 0o040000 | mode,
  uid: 1000,
  gid: 1000,
});
export const home = folder('/home/proto', 0o755);
export const page = { ...folder('/home/proto/frontend/index.html', 0), mode: 0o100644 };

export function serviceWith(change: Partial<ServiceSettings>): ServiceSettings {
  const usual = { service: 'platform', readsFiles: true, hostUsers: false, groups: ['1000'] };
  return { ...usual, proxies: {}, ...change };
}

const answer = known({ host: 'api.example', status: 200 });

export const wellHost: Facts = {
  requires: release('2026.11.0').release.requires,
  user: { uid: 1000, root: false },
  variables: [],
  connections: known({ tried: 5 }),
  now,
  os: known(parseOsRelease(fixture('os-release.ubuntu-22.04'))),
  memory: known(parseMemTotal(fixture('meminfo.32-gb')) ?? 0),
  dockerCommand: known({ path: '/usr/bin/docker', isPodman: false }),
  docker: dockerInfo('cli-26.1.engine-26.1'),
  ...(dockerDisk() as Pick<Facts, 'dockerDisk'>),
  installationDisk: known({ path: '/home/proto', free: 600 * gb, size: 900 * gb }),
  ...dockerConfig({}),
  mergedFiles: known('{"services":{}}'),
  services: known([serviceWith({ service: 'platform' }), serviceWith({ service: 'bucket' })]),
  clientProxies: absent,
  nginx: known('1.18.0'),
  webPorts: known({ held: [], nginxRuns: false }),
  servicePorts: known({
    wanted: [{ service: 'platform', address: '127.0.0.1', port: 8080 }],
    held: [],
    project: 'proto-1a2b',
    asked: true,
  }),
  ecr: known({ host: 'api.ecr', status: 400, clockSkew: { ms: 900, words: '1 s ahead' } }),
  registry: known({ host: 'registry', status: 401 }),
  storage: known({ host: 'storage', status: 200 }),
  stateDamage: known({ found: undefined, remedy: '', faults: [] }),
  config: configWith(),
  misspelledKeys: [],
  splitSecrets: [],
  composeFile: known({ valid: true, says: '' }),
  redirects: [],
  ownerProblems: known([]),
  staleServices: known([]),
  override: absent,
  images: known({ all: 5, missing: [] }),
  files: [configFile],
  staticPaths: [home, page],
  webUser: known({ name: 'www-data', uid: 33, gids: [33] }),
  ...siteWith({}),
  nginxPorts: known({ faults: [], unclear: [] }),
  servedCertificate: known({ file: '/etc/ssl/proto.pem', same: true }),
  databaseCertificate: known({ file: '/etc/ssl/proto.pem', same: true }),
  signer: known({ fingerprint: 'ab'.repeat(32), trusted: true, keys: 1 }),
  databaseNetworks: known({ allowed: ['203.0.113.0/24'], ipv6: false, networks: ['postgres'] }),
  served: known({ included: true, copy: 'current', rivals: [], unreadable: [] }),
  url: known({ host: chatHost, addresses: known(['10.1.2.3', '2001:db8::7']) }),
  sendgrid: known({ host: 'api.sendgrid.com', status: 200, body: { scopes: ['mail.send'] } }),
  openai: answer,
  azureOpenai: answer,
};
