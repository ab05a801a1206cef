import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/checks/facts/facts.ts';
import type { ServiceSettings } from '../../src/checks/facts/service-settings.ts';
import { parseOsRelease } from '../../src/checks/facts/system-files.ts';
import { judge, type Modes } from '../../src/checks/findings.ts';
import { checks } from '../../src/checks/index.ts';
import { parseMountInfo } from '../../src/lib/fs/mount-info.ts';
import { absent, known, refused } from '../../src/lib/process/probed.ts';
import { parseNginxVersion } from '../../src/release/release-order.ts';
import { dockerInfo, fixture } from './fixture.ts';
import {
  certificate,
  chatHost,
  configFile,
  configUnset,
  configWith,
  day,
  dockerConfig,
  dockerDisk,
  gb,
  home,
  hour,
  now,
  page,
  serviceWith,
  siteWith,
  siteWithout,
  wellHost,
} from './host-facts.ts';

/** Every check, on a host that passes and on hosts that do not, by what tools really print. */

const timedOut = { kind: 'timed out', afterMs: 5000 } as const;
const os = (name: string) => ({ os: known(parseOsRelease(fixture(`os-release.${name}`))) });
const nginx = (name: string) => ({ nginx: known(parseNginxVersion(fixture(name)) ?? '') });
const says = (name: string, valid: boolean) => ({
  composeFile: known({ valid, says: fixture(`compose-config.${name}`).trim() }),
});
const [nfs] = parseMountInfo(fixture('mountinfo.nfs')).filter(({ type }) => type === 'nfs4');
const platform = 'platform.toml';
const holder = (change: object) => ({
  servicePorts: known({
    wanted: [{ service: 'platform', address: '127.0.0.1', port: 8080 }],
    held: [{ port: 8080, address: '127.0.0.1', uid: 0, ...change }],
    project: 'proto-1a2b',
    asked: !('unasked' in change),
  }),
});
const web = (change: object) => ({
  webPorts: known({
    held: [{ port: 443, address: '0.0.0.0', uid: 0, ...change }],
    nginxRuns: true,
  }),
});
const leafAlone = { message: 'The file has only the certificate', remedy: 'Ask the CA.' };
const among = (change: object) => ({
  served: known({
    included: true,
    copy: 'current' as const,
    rivals: [],
    unreadable: [],
    ...change,
  }),
});
const rival = (ignored: string) => ({
  ...{ file: '/etc/nginx/sites-enabled/old', line: 1, name: chatHost, address: '0.0.0.0:443' },
  ignored,
});
const answer = (status: number, body?: object) => known({ host: 'api.example', status, body });

const withStorageDriver = (storageDriver: string) => {
  const docker = dockerInfo('27.3');
  if (docker.kind !== 'known' || docker.value.engine.kind !== 'known') throw new Error('no engine');
  const engine = known({ ...docker.value.engine.value, storageDriver });
  return { docker: known({ ...docker.value, engine }) };
};

const withSecurity = (...security: string[]) => {
  const docker = dockerInfo('27.3');
  if (docker.kind !== 'known' || docker.value.engine.kind !== 'known') throw new Error('no engine');
  const engine = known({ ...docker.value.engine.value, security });
  return { docker: known({ ...docker.value, engine }) };
};
const oneService = (change: Partial<ServiceSettings>) => ({
  services: known([serviceWith(change), serviceWith({ service: 'bucket', readsFiles: false })]),
});
const proxied = (noProxy: string) => ({
  clientProxies: known({ key: 'default', names: true, noProxy }),
});

/** The Compose files with one service. */
const merged = (platform: object) => ({
  mergedFiles: known(JSON.stringify({ services: { platform } })),
});
const hardened = {
  cap_drop: ['ALL'],
  cap_add: ['CHOWN'],
  security_opt: ['no-new-privileges:true'],
  read_only: true,
  deploy: { resources: { limits: { memory: '8589934592', pids: 1024 } } },
};

type Row = [id: string, host: Partial<Facts>, state: string, found: RegExp];

const rows: Row[] = [
  ['os', os('ubuntu-24.04'), 'failed', /^This host runs Ubuntu 24\.04\.1 LTS; the vendor tests/],
  ['os', os('debian-12'), 'failed', /runs Debian GNU\/Linux 12/],
  ['os', os('rhel-9'), 'failed', /runs Red Hat Enterprise Linux 9\.3/],
  ['os', { os: absent }, 'unknown', /os-release/],
  ['memory', { memory: known(24_683_620 * 1024) }, 'failed', /^24 GB of memory; .* needs 32 GB$/],
  ['memory', { memory: timedOut }, 'unknown', /timed out after 5 s/],
  [
    'disk-installation',
    { installationDisk: known({ path: '/srv', free: 0.5 * gb, size: 40 * gb }) },
    'failed',
    /^0\.5 GB free at \/srv; the vendor asks for 20 GB$/,
  ],
  ['disk-installation', { installationDisk: timedOut }, 'unknown', /timed out/],
  ['disk-images', dockerDisk({ free: 19 * gb }), 'failed', /^19 GB free at \/var\/lib\/docker; /],
  [
    'disk-images',
    { dockerDisk: refused('the engine is on another host') },
    'unknown',
    /another host/,
  ],
  [
    'disk-database',
    dockerDisk({ size: 250 * gb }),
    'failed',
    /has 250 GB; the vendor recommends 500 GB/,
  ],
  ['file-system', dockerDisk({ mount: nfs }), 'failed', /is on nfs4$/],
  [
    'file-system',
    dockerDisk({ mount: { ...nfs, type: 'tmpfs' } }),
    'failed',
    /in memory \(tmpfs\)/,
  ],
  ['file-system', dockerDisk({ mount: { ...nfs, readOnly: true } }), 'failed', /read-only$/],
  ['file-system', withStorageDriver('vfs'), 'failed', /copies every layer in full on ext4 .*vfs/],
  [
    'state',
    {
      stateDamage: known({ found: 'The merge base was modified', remedy: 'Copy it.', faults: [] }),
    },
    'failed',
    /merge base/,
  ],
  ['docker', { dockerCommand: absent }, 'failed', /not on the PATH/],
  [
    'docker',
    { dockerCommand: known({ path: '/usr/bin/docker', isPodman: true }) },
    'failed',
    /is Podman$/,
  ],
  ['docker-version', { docker: dockerInfo('20.10.no-compose') }, 'failed', /^Docker Engine 20\.10/],
  [
    'docker-version',
    { docker: dockerInfo('24.0.7.compose-2.21') },
    'ok',
    /^Docker Engine 24\.0\.7$/,
  ],
  ['docker-version', { docker: dockerInfo('cli-28.2.no-engine') }, 'ok', /^The docker command 28/],
  ['docker-version', { docker: dockerInfo('20.10.no-engine') }, 'unknown', /older than 23\.0$/],
  ['docker-version', { docker: timedOut }, 'unknown', /^docker info timed out/],
  [
    'compose',
    { docker: dockerInfo('20.10.no-compose') },
    'failed',
    /compose plugin of docker is missing/,
  ],
  [
    'compose',
    { docker: dockerInfo('24.0.7.compose-2.21') },
    'failed',
    /v2\.21\.0 is older than 2\.23/,
  ],
  ['compose', { docker: dockerInfo('27.3') }, 'ok', /v2\.29\.7/],
  [
    'engine',
    { docker: dockerInfo('cli-28.2.no-engine', 'docker-info.no-engine.stderr') },
    'failed',
    /^The Docker Engine is not responding \(unix:\/\/\/var\/run\/docker\.sock\)$/,
  ],
  ['engine', { docker: dockerInfo('20.10.no-engine') }, 'failed', /^The Docker Engine is not/],
  [
    'engine',
    { docker: dockerInfo('cli-28.2.no-engine', 'docker-info.denied.stderr') },
    'failed',
    /^You do not have permission to use the Docker Engine \(unix/,
  ],
  ['engine', { docker: timedOut }, 'failed', /^The Docker Engine timed out after 5 s/],
  ['engine', { docker: absent }, 'failed', /not installed/],
  ['docker-snap', { docker: dockerInfo('27.3.snap') }, 'failed', /stores its data in \/var\/snap/],
  [
    'docker-snap',
    { dockerCommand: known({ path: '/snap/docker/2932/bin/docker', isPodman: false }) },
    'failed',
    /is the snap: \/snap/,
  ],
  ['docker-config', dockerConfig({ uid: 0 }), 'failed', /belongs to another user$/],
  ['docker-config', dockerConfig({ fault: 'is not valid JSON' }), 'failed', /is not valid JSON$/],
  ['docker-config', { dockerConfig: refused('it cannot be read') }, 'failed', /cannot be read/],
  ['docker-config', { dockerConfig: absent }, 'not applicable', /does not exist yet/],
  [
    'runtime',
    { variables: [{ file: 'GODEBUG', outside: true, message: 'can weaken TLS' }] },
    'failed',
    /^Set in this environment: GODEBUG$/,
  ],
  ['connections', { connections: timedOut }, 'unknown', /^Trying the connections timed out/],
  ['connections', { connections: refused('no engine') }, 'unknown', /no engine$/],
  ['connections', { connections: absent }, 'not applicable', /could be tried$/],
  [
    'connections',
    {
      connections: known({
        tried: 1,
        failure: { says: 'platform cannot reach postgres:5432', remedy: 'Look at it.' },
      }),
    },
    'failed',
    /^platform cannot reach postgres:5432$/,
  ],
  [
    'sudo-user',
    { user: { uid: 0, root: true, sudoUser: 'ana' } },
    'failed',
    /belong to root, not to ana$/,
  ],
  [
    'credential-helper',
    dockerConfig({ helper: { name: 'desktop', installed: false } }),
    'failed',
    /docker-credential-desktop, which is not on the PATH$/,
  ],
  [
    'credential-helper',
    dockerConfig({ helper: { name: 'ecr-login', installed: true } }),
    'failed',
    /its own AWS keys/,
  ],
  [
    'credential-helper',
    dockerConfig({ helper: { name: 'pass', installed: true } }),
    'ok',
    /^docker-credential-pass$/,
  ],
  [
    'registry-login',
    dockerConfig({ login: { kind: 'none' } }),
    'failed',
    /^Docker is not logged in$/,
  ],
  [
    'registry-login',
    dockerConfig({ login: { kind: 'token', expiresAt: now - 30 * hour } }),
    'failed',
    /^The login expired 30 h ago$/,
  ],
  [
    'registry-login',
    dockerConfig({ login: { kind: 'token', expiresAt: now + hour / 2 } }),
    'ok',
    /^The login expires in 30 min$/,
  ],
  ['ecr', { ecr: refused('api.ecr refused the connection') }, 'failed', /refused the connection/],
  ['ecr', { ecr: timedOut }, 'failed', /timed out after 5 s/],
  ['ecr', { ecr: absent }, 'not applicable', /credentials file/],
  ['registry', { registry: answer(503) }, 'failed', /returned 503/],
  ['storage', { storage: refused('storage refused the connection') }, 'failed', /storage refused/],
  ['storage', { storage: absent }, 'not applicable', /credentials file/],
  [
    'clock',
    {
      ecr: known({
        host: 'x',
        status: 400,
        clockSkew: { ms: -723_000, words: '12 min 3 s behind' },
      }),
    },
    'failed',
    /clock is 12 min 3 s behind$/,
  ],
  ['clock', { ecr: refused('no way out') }, 'unknown', /no way out/],
  ['user-namespaces', {}, 'ok', /^the engine uses the user ids of the host$/],
  ['user-namespaces', withSecurity('seccomp'), 'ok', /user ids of the host/],
  [
    'user-namespaces',
    withSecurity('seccomp', 'userns'),
    'failed',
    /userns-remap\), so these services cannot read their files: platform, bucket$/,
  ],
  [
    'user-namespaces',
    { ...withSecurity('userns'), ...oneService({ hostUsers: true }) },
    'ok',
    /use the user ids of the host$/,
  ],
  [
    'user-namespaces',
    { ...withSecurity('userns'), ...oneService({}) },
    'failed',
    /files: platform$/,
  ],
  [
    'user-namespaces',
    { ...withSecurity('userns'), ...oneService({ user: '' }) },
    'failed',
    /platform$/,
  ],
  ['user-namespaces', { ...withSecurity('rootless'), ...oneService({}) }, 'failed', /is rootless/],
  [
    'user-namespaces',
    { ...withSecurity('rootless'), ...oneService({ groups: ['0'] }) },
    'ok',
    /group$/,
  ],
  ['user-namespaces', { ...withSecurity('rootless'), ...oneService({ user: '' }) }, 'ok', /group$/],
  [
    'user-namespaces',
    { ...withSecurity('rootless'), ...oneService({ user: '999' }) },
    'failed',
    /platform$/,
  ],
  [
    'user-namespaces',
    { ...withSecurity('userns'), services: refused('no such file') },
    'unknown',
    /no such file/,
  ],

  [
    'container-hardening',
    merged(hardened),
    'ok',
    /^each has only the rights that the release names$/,
  ],
  [
    'container-hardening',
    merged({}),
    'failed',
    /^platform has 5\.4 [^;]*, 5\.11 [^;]*, 5\.13 [^;]*, 5\.26 [^;]*, 5\.29 no limit of processes/,
  ],
  ...Object.entries({
    '5.4': { cap_add: ['ALL'] },
    '5.5': { privileged: true },
    '5.6': { volumes: [{ type: 'bind', source: '/etc' }] },
    '5.10': { network_mode: 'host' },
    '5.16': { pid: 'host' },
    '5.17': { ipc: 'host' },
    '5.18': { devices: [{ source: '/dev/sda' }] },
    '5.20': { volumes: [{ type: 'bind', source: '/srv', bind: { propagation: 'rshared' } }] },
    '5.21': { uts: 'host' },
    '5.22': { security_opt: ['no-new-privileges:true', 'seccomp=unconfined'] },
    '5.27': { healthcheck: { disable: true } },
    '5.31': { userns_mode: 'host' },
    '5.32': { volumes: [{ type: 'bind', source: '/var/run/docker.sock' }] },
  }).map(
    ([number, change]): Row => [
      'container-hardening',
      merged({ ...hardened, ...change }),
      'failed',
      new RegExp(`^platform has ${number.replace('.', '\\.')} [^,]*$`),
    ],
  ),
  ['container-hardening', { mergedFiles: known('?') }, 'unknown', /printed something else$/],
  ['container-hardening', { mergedFiles: refused('no docker') }, 'unknown', /no docker/],

  ['container-proxy', {}, 'ok', /^containers get no proxy$/],
  ['container-proxy', proxied(''), 'failed', /without an exception for platform, bucket$/],
  ['container-proxy', proxied('localhost,platform'), 'failed', /exception for bucket$/],
  ['container-proxy', proxied('platform, bucket'), 'ok', /exempt/],
  ['container-proxy', proxied('*'), 'ok', /exempt/],
  [
    'container-proxy',
    oneService({ proxies: { HTTPS_PROXY: 'http://p:3128' } }),
    'failed',
    /^The Compose files set a proxy for platform \(without bucket\)$/,
  ],

  ['nginx', { nginx: absent }, 'failed', /nginx is not installed/],
  ['nginx', nginx('nginx-v.ubuntu-1.10'), 'failed', /1\.10\.3 is older than 1\.14\.0/],
  ['nginx', nginx('nginx-v.debian-1.22'), 'ok', /1\.22\.1/],
  ['web-ports', web({ program: 'apache2' }), 'failed', /^443 is in use by apache2$/],
  ['web-ports', web({ program: 'nginx' }), 'ok', /^nginx is listening$/],
  ['web-ports', web({}), 'ok', /^nginx is listening$/],
  ['web-ports', web({ uid: 1001 }), 'unknown', /only root can see/],
  [
    'nginx-site',
    { site: known({ serverNames: ['old.example'] }) },
    'failed',
    /uses the host name old\.example/,
  ],
  [
    'nginx-families',
    {
      site: known({ serverNames: [chatHost], ipv6: false }),
      url: known({ host: chatHost, addresses: known(['::7']), own: ['::7'] }),
    },
    'failed',
    /has the IPv6 address ::7, but nginx\/proto\.conf listens on IPv4 alone$/,
  ],
  [
    'nginx-families',
    { url: known({ host: chatHost, addresses: known(['10.1.2.3']) }) },
    'not applicable',
    /has no IPv6 address/,
  ],
  ['nginx-site', { site: absent }, 'not applicable', /^nginx\/proto\.conf does not exist/],

  ['nginx-ports', { nginxPorts: absent }, 'not applicable', /^nginx\/proto\.conf does not exist/],
  [
    'nginx-ports',
    { nginxPorts: known({ faults: [{ file: 'nginx/proto.conf', message: 'x' }], unclear: [] }) },
    'failed',
    /^1 address in nginx\/proto\.conf differs from what Compose publishes$/,
  ],
  [
    'nginx-ports',
    { nginxPorts: known({ faults: [], unclear: ['platform'] }) },
    'unknown',
    /^The Compose files do not show the ports of platform$/,
  ],

  ['nginx-served', { served: absent }, 'not applicable', /^nginx is not installed/],
  ['nginx-copy', { served: absent }, 'not applicable', /^nginx is not installed/],
  ['nginx-copy', among({ copy: 'absent' }), 'not applicable', /does not include nginx/],
  ['nginx-copy', among({}), 'ok', /^the copy is current$/],
  ['nginx-copy', among({ copy: 'behind' }), 'failed', /serves an earlier copy/],
  ['nginx-copy', among({ copy: 'edited' }), 'failed', /was edited there$/],
  ['nginx-copy', among({ copy: 'linked' }), 'failed', /can use root's rights$/],
  ['nginx-served', among({ included: false }), 'not applicable', /does not include nginx/],
  [
    'nginx-served',
    among({ included: false, unreadable: ['/etc/nginx/sites-enabled'] }),
    'unknown',
    /^This user cannot read \/etc\/nginx\/sites-enabled$/,
  ],
  ['nginx-served', among({ unreadable: ['/etc/nginx/conf.d/a.conf'] }), 'unknown', /a\.conf$/],
  ['nginx-served', among({ rivals: [rival('site')] }), 'failed', /^nginx ignores nginx\/proto/],
  ['nginx-served', among({ rivals: [rival('redirect')] }), 'failed', /ignores the redirect/],
  ['nginx-served', among({ rivals: [rival('other')] }), 'ok', /^no other site comes first$/],
  [
    'certificate-served',
    { servedCertificate: known({ file: '/etc/ssl/proto.pem', same: false }) },
    'failed',
    /^nginx serves another certificate than \/etc\/ssl\/proto.pem$/,
  ],
  ['certificate-served', { servedCertificate: absent }, 'not applicable', /does not serve/],
  ['certificate', siteWith({ validTo: now - 3 * day }), 'failed', /expired 3 days ago$/],
  ['certificate', siteWith({ validTo: now + 5 * day }), 'failed', /expires in 5 days$/],
  ['certificate', siteWith({ validFrom: now + day }), 'failed', /not valid yet/],
  ['certificate', siteWith({ fitsKey: false }), 'failed', /key does not match/],
  [
    'certificate',
    siteWith({ holdsForUrl: false }),
    'failed',
    /is not for chat\.example-bank\.com$/,
  ],
  ['certificate', siteWith({ chain: leafAlone }), 'failed', /^The file has only the certificate$/],
  ['certificate', siteWith({ chain: leafAlone, fitsKey: false }), 'failed', /key does not match/],
  [
    'certificate',
    siteWith({ chain: { ...leafAlone, misplaced: true }, fitsKey: false }),
    'failed',
    /^The file has only/,
  ],
  ['certificate', siteWith({ fault: 'no start line' }), 'failed', /unusable: no start line/],
  [
    'certificate',
    { site: known({ serverNames: [] }) },
    'not applicable',
    /does not use a certificate/,
  ],
  [
    'certificate',
    siteWithout(),
    'failed',
    /^The certificate \/etc\/ssl\/proto.pem does not exist$/,
  ],
  [
    'static-files',
    { staticPaths: [{ ...home, mode: 0o040750 }, page] },
    'failed',
    /^www-data cannot enter \/home\/proto \(mode 0750\)$/,
  ],
  [
    'static-files',
    { staticPaths: [home, { ...page, mode: 0o100640 }] },
    'failed',
    /^www-data cannot read .*index\.html/,
  ],
  [
    'url',
    { url: known({ host: chatHost, addresses: absent }) },
    'failed',
    /DNS of this host cannot resolve/,
  ],
  ['url', { url: known({ host: chatHost, addresses: timedOut }) }, 'unknown', /timed out/],
  ['url', { url: absent }, 'not applicable', /not set yet/],
  [
    'compose-project',
    { redirects: [{ file: '$COMPOSE_FILE', message: 'is set in this shell' }] },
    'failed',
    /^1 setting leads `docker compose` to another project$/,
  ],
  [
    'files-in-use',
    {
      staleServices: known([
        { service: 'platform', files: ['backend/config/platform.toml'], by: 'restart' },
      ]),
    },
    'failed',
    /^Started before their files were changed: platform$/,
  ],
  [
    'database-certificate-served',
    { databaseCertificate: known({ file: '/etc/ssl/proto.pem', same: false }) },
    'failed',
    /^The database serves another certificate than \/etc\/ssl\/proto\.pem$/,
  ],
  [
    'allowed-networks',
    {
      databaseNetworks: known({ allowed: ['2001:db8::/32'], ipv6: false, networks: ['postgres'] }),
    },
    'failed',
    /^No one can connect: all allowed networks are IPv6/,
  ],
  [
    'allowed-networks',
    {
      databaseNetworks: known({
        allowed: ['2001:db8::/32', '203.0.113.0/24'],
        ipv6: false,
        networks: ['postgres'],
      }),
    },
    'failed',
    /IPv4 only, not from 2001:db8::\/32$/,
  ],
  [
    'allowed-networks',
    { databaseNetworks: known({ allowed: ['2001:db8::/32'], ipv6: true, networks: ['postgres'] }) },
    'ok',
    /^1 network$/,
  ],
  ['allowed-networks', { databaseNetworks: absent }, 'not applicable', /hybrid/],
  ['release-signature', { signer: absent }, 'not applicable', /no signed releases$/],
  [
    'release-signature',
    { signer: known({ trusted: false, keys: 0 }) },
    'failed',
    /^Nothing was verified/,
  ],
  [
    'release-signature',
    { signer: known({ trusted: false, keys: 1 }) },
    'failed',
    /^The release was installed without/,
  ],
  [
    'release-signature',
    { signer: known({ fingerprint: 'cd'.repeat(32), trusted: false, keys: 2 }) },
    'failed',
    /^It is signed with the key (cd){32}, which the credentials do not contain$/,
  ],
  [
    'release-signature',
    { signer: known({ fingerprint: 'cd'.repeat(32), trusted: false }) },
    'ok',
    /no credentials to compare$/,
  ],
  ['files-in-use', { staleServices: absent }, 'not applicable', /not running/],
  [
    'data-owner',
    {
      ownerProblems: known([
        {
          code: 'INSTALLATION_COPIED',
          message: '/a is a copy of the installation in /b.',
          hint: 'x',
        },
      ]),
    },
    'failed',
    /^\/a is a copy of the installation in \/b$/,
  ],
  ['compose-file', says('unknown-key', false), 'failed', /Additional property port is not allowed/],
  ['compose-file', says('no-yaml', false), 'failed', /yaml: line 5/],
  ['compose-file', says('warnings', true), 'failed', /warning: .*NOWHERE/],
  [
    'keys',
    { misspelledKeys: [{ file: 'a.toml', line: 2, key: 'prot', message: 'is an unknown key' }] },
    'failed',
    /^1 key may be misspelled$/,
  ],
  [
    'override-file',
    {
      override: known({
        name: 'docker-compose.override.yml',
        strange: [{ service: 'plattform', line: 2 }],
        known: ['platform'],
      }),
    },
    'failed',
    /unknown services: plattform$/,
  ],
  [
    'images',
    {
      images: known({ all: 5, missing: ['chatbot'] }),
      ...dockerConfig({ login: { kind: 'none' } }),
    },
    'failed',
    /^1 of 5 images are not on this host: chatbot, and Docker has no login/,
  ],
  [
    'images',
    { images: refused('The Docker Engine is not responding') },
    'unknown',
    /is not responding/,
  ],
  [
    'service-ports',
    holder({ program: 'python3' }),
    'failed',
    /^8080 \(platform\) is in use by python3$/,
  ],
  [
    'service-ports',
    holder({ program: 'docker-proxy', project: 'other-9z' }),
    'failed',
    /in use by a container of other-9z$/,
  ],
  ['service-ports', holder({ program: 'docker-proxy', project: 'proto-1a2b' }), 'ok', /itself$/],
  ['service-ports', holder({ address: '127.0.0.9' }), 'ok', /^free$/],
  ['service-ports', holder({ address: '::', program: 'node' }), 'failed', /in use by node$/],
  [
    'service-ports',
    holder({ program: 'docker-proxy', unasked: true }),
    'unknown',
    /could not be asked for the container$/,
  ],
  [
    'files',
    { files: [{ ...configFile, gid: 0 }] },
    'failed',
    /^1 file has the wrong mode or owner$/,
  ],
  ['files', { files: [{ ...configFile, mode: 0o100600 }] }, 'failed', /wrong mode/],
  ['files', { files: [{ ...configFile, uid: 0 }] }, 'failed', /wrong mode or owner/],
  [
    'files',
    { files: [{ ...configFile, mode: 0o100644, reachable: true }] },
    'failed',
    /wrong mode/,
  ],
  ['files', { files: [{ ...configFile, mode: 0o100644 }] }, 'ok', /./],
  ['values-unset', { config: configUnset() }, 'failed', /^8 mandatory values are not set$/],
  [
    'values-form',
    { config: configWith({ file: platform, from: 'minutes = 3600', to: 'minutes = "an hour"' }) },
    'failed',
    /^1 value has the wrong format$/,
  ],
  [
    'values-form',
    { config: configWith({ file: platform, from: /^base_url.*$/m, to: 'base_url = "chat"' }) },
    'failed',
    /^1 value has the wrong format$/,
  ],
  [
    'values-form',
    { config: configWith({ file: platform, from: 'm = "HS256"', to: 'm = "{YOUR_ALGORITHM}"' }) },
    'failed',
    /wrong format/,
  ],
  [
    'values-form',
    { config: configWith({ file: platform, from: /^secret_key.*$/m, to: 'secret_key = ""' }) },
    'failed',
    /wrong format/,
  ],
  [
    'values-form',
    { config: configWith({ file: platform, from: '[cors]', to: '[cors' }) },
    'failed',
    /wrong format/,
  ],
  ...(
    [
      ['port = 5432', 'port = 0'],
      ['minutes = 3600', 'minutes = -1'],
      ['m = "HS256"', 'm = "none"'],
      ['host = "postgres"', 'host = "postgres; rm"'],
      ['host = "postgres"', 'host = " postgres"'],
      ['endpoint = "http', 'endpoint = "'],
      [/^base_url.*$/m, 'base_url = "https://chat.example-bank.com "'],
      [/^base_url.*$/m, 'base_url = "https://chat.example-bank.com\\n"'],
      [/^base_api_url.*$/m, 'base_api_url = "https://chat.example-bank.com /api"'],
      [/^allow_origins.*$/m, 'allow_origins = ["https://chat.example-bank.com "]'],
      [/^provider.*$/m, 'provider = ""'],
    ] as [string | RegExp, string][]
  ).map(
    ([from, to]): Row => [
      'values-form',
      { config: configWith({ file: platform, from, to }) },
      'failed',
      /^1 value has the wrong format$/,
    ],
  ),
  [
    'values-agree',
    { config: configWith({ file: platform, from: /^secret_key.*$/m, to: 'secret_key = "mine"' }) },
    'failed',
    /differs? between services$/,
  ],
  [
    'values-agree',
    {
      splitSecrets: [
        { name: 'YOUR_RANDOM_SECRET_KEY_3', files: ['backend/secrets/postgres_password'] },
      ],
    },
    'failed',
    /^1 value differs/,
  ],
  [
    'key-form',
    { config: configWith({ file: platform, from: 'SG.abcdefgh', to: 'sk-abcdefgh' }) },
    'failed',
    /^1 key has an unexpected format$/,
  ],
  ['sendgrid-key', { sendgrid: answer(401) }, 'failed', /rejected the key \(401\)/],
  [
    'sendgrid-key',
    { sendgrid: answer(200, { scopes: ['x'] }) },
    'failed',
    /not have permission to send mail/,
  ],
  ['sendgrid-key', { sendgrid: answer(500) }, 'unknown', /returned 500/],
  ['sendgrid-key', { sendgrid: absent }, 'not applicable', /key is not set/],
  ['openai-key', { openai: answer(401) }, 'failed', /rejected the key/],
  ['openai-key', { openai: answer(403) }, 'unknown', /permission to list models/],
  [
    'openai-key',
    { openai: refused('api.openai.com cannot be reached') },
    'unknown',
    /not be reached/,
  ],
  ['azure-openai-key', { azureOpenai: answer(401) }, 'failed', /rejected the key/],
  ['azure-openai-key', { azureOpenai: answer(404) }, 'failed', /at this address or API version/],
];

function found(id: string, host: Partial<Facts>) {
  const check = checks.filter((each) => each.id === id);
  const [finding] = judge(check, 'check', { ...wellHost, ...host }, new Map());
  if (finding === undefined) throw new Error(`no check ${id}`);
  return finding;
}

it('stops nothing for an unknown service of the override that Compose accepts', () => {
  const strange = [{ service: 'own', line: 2 }];
  const name = 'docker-compose.override.yml';
  const override = known({ name, strange, known: ['platform'] });
  const severity = (valid: boolean) =>
    found('override-file', { override, composeFile: known({ valid, says: '' }) }).severity;
  expect(severity(true)).toBe('advice');
  expect(severity(false)).toBe('requirement');
});

describe('files that have another mode or owner', () => {
  const chgrp = 'the containers cannot read it: sudo chgrp 1000';
  const chmod = 'the containers cannot read it: chmod 0640';
  const others = 'other users of this host can read it: chmod 0640';
  const owner = 'has a different owner than the other files: sudo chown 1000';

  it.each([
    ['of another group', { gid: 0 }, 'requirement', [chgrp]],
    ['without access for their group', { mode: 0o100600 }, 'requirement', [chmod]],
    ['of another group and of root', { gid: 0, uid: 0 }, 'requirement', [chgrp, owner]],
    ['of another owner', { uid: 0 }, 'advice', [owner]],
    ['that others can read', { mode: 0o100644, reachable: true }, 'advice', [others]],
    ['that others can read, of another group', { mode: 0o100644, gid: 0 }, 'ok', []],
  ])('%s', (_, change, expected, messages) => {
    const { state, severity, faults } = found('files', { files: [{ ...configFile, ...change }] });
    expect(state === 'ok' ? state : severity).toBe(expected);
    expect((faults ?? []).map(({ message }) => message)).toEqual(messages);
    expect((faults ?? []).every(({ file }) => file === configFile.path)).toBe(true);
  });

  it('belong to another user than the one who looks, who is reported only if he is not root', () => {
    const judged = (user: Facts['user']) => found('files', { user }).faults;
    expect(judged({ uid: 1001, root: false })).toMatchObject([
      { message: 'belongs to another user' },
    ]);
    expect(judged({ uid: 0, root: true })).toEqual([]);
  });

  it('need no group where the containers do not read them', () => {
    const { gid: _, ...wanted } = configFile.wanted as { mode: number; uid: number; gid: number };
    const secret = { ...configFile, wanted, mode: 0o100600, gid: 0 };
    expect(found('files', { files: [secret] }).state).toBe('ok');
  });
});

describe('the ports of the services', () => {
  const ports = (held: object[], asked = true) => {
    const wanted = [8080, 8081].map((port) => ({ service: 'x', address: '127.0.0.1', port }));
    const all = held.map((each) => ({ port: 8080, address: '127.0.0.1', uid: 0, ...each }));
    const project = 'proto-1a2b';
    return found('service-ports', {
      servicePorts: known({ wanted, held: all as never, project, asked }),
    });
  };

  it.each([
    ['root', { uid: 0 }, 'a program run by root'],
    ['another user', { uid: 7 }, 'a program run by another user'],
    ['a program', { program: 'caddy' }, 'caddy'],
    ['a container', { program: 'docker-proxy', project: 'other' }, 'a container of other'],
  ])('are in use by %s', (_, change, by) => {
    expect(ports([change])).toMatchObject({
      state: 'failed',
      found: `8080 (x) is in use by ${by}`,
    });
  });

  it.each([
    ['docker-proxy', [{ program: 'docker-proxy' }], 'unknown'],
    ['a program that only root can see', [{ uid: 0 }], 'unknown'],
    ['a program of another user', [{ uid: 7 }], 'failed'],
    ['a known program', [{ program: 'caddy' }], 'failed'],
    [
      'Docker, and a known program',
      [{ program: 'docker-proxy' }, { port: 8081, program: 'caddy' }],
      'failed',
    ],
    ['nothing, on other ports', [{ port: 9999, program: 'caddy' }], 'ok'],
  ])('are, where Docker could not be asked, held by %s', (_, held, state) => {
    expect(ports(held, false).state).toBe(state);
  });

  it('are not the platform’s own without a project', () => {
    const servicePorts = known({
      wanted: [{ service: 'x', address: '127.0.0.1', port: 8080 }],
      held: [{ port: 8080, address: '127.0.0.1', uid: 0 }],
      project: undefined,
      asked: true,
    });
    expect(found('service-ports', { servicePorts: servicePorts as never }).state).toBe('failed');
  });
});

describe('files that Compose rejects', () => {
  it('stop a start, and a warning does not', () => {
    const of = (valid: boolean, text: string) =>
      found('compose-file', { composeFile: known({ valid, says: text }) });
    expect(of(false, 'x')).toMatchObject({ state: 'failed', severity: 'requirement' });
    expect(of(false, '')).toMatchObject({ state: 'failed', severity: 'requirement' });
    expect(of(true, 'x')).toMatchObject({ state: 'failed', severity: 'advice' });
    expect(of(true, '').state).toBe('ok');
  });
});

describe('values', () => {
  const line = expect.any(Number);

  it('that are not set are named one by one, each with what it is', () => {
    const { faults = [], remedy } = found('values-unset', { config: configUnset() });
    expect(faults).toContainEqual({
      file: 'backend/config/platform.toml',
      line,
      key: 'sendgrid.api_key',
      message: expect.stringMatching(/[a-z]{3}/),
    });
    expect(new Set(faults.map(({ key }) => key)).size).toBe(8);
    for (const { file, message } of faults)
      expect([file, message].join()).not.toContain('undefined');
    expect(remedy).toMatch(
      /^Set each value by its key: proto-scaffold config set [a-z]+\.[a-z_]+$/,
    );
    const one = configWith({ file: platform, from: 'SG.abcdefgh', to: '{YOUR_SENDGRID_API_KEY}' });
    expect(found('values-unset', { config: one }).remedy).toBe(
      'Set it: proto-scaffold config set sendgrid.api_key',
    );
  });

  it('that do not fit their form stop nothing that started before, alone among others', () => {
    const check = checks.filter(({ id }) => id === 'values-form');
    const severity = (from: string, to: string, mode: Modes) => {
      const config = configWith({ file: platform, from, to });
      return judge(check, mode, { ...wellHost, config }, new Map())[0]?.severity;
    };
    const modes: Modes[] = ['check', 'start', ['update', 'start']];
    expect(modes.map((mode) => severity('port = 5432', 'port = 0', mode))).toEqual([
      'requirement',
      'advice',
      'advice',
    ]);
    expect(modes.map((mode) => severity('port = 5432', 'port = "x"', mode))).toEqual(
      modes.map(() => 'requirement'),
    );
  });

  it('that differ are named in every file, and a generated one is not meant', () => {
    const config = configWith({ file: platform, from: /^secret_key.*$/m, to: 'secret_key = "x"' });
    const { faults = [], severity } = found('values-agree', { config });
    expect(severity).toBe('requirement');
    expect(faults.length).toBeGreaterThan(1);
    expect(new Set(faults.map(({ file }) => file)).size).toBe(faults.length);
    for (const fault of faults) expect(fault).toMatchObject({ line, message: 'differs' });
  });

  it('that differ in a file of their own are named by their keys, once, and are not meant', () => {
    const name = 'YOUR_RANDOM_SECRET_KEY_3';
    const files = ['backend/secrets/postgres_password'];
    const address = { file: platform, from: /^base_url.*$/m, to: 'base_url = "https://x.example"' };
    const both = found('values-agree', {
      config: configWith(address),
      splitSecrets: [{ name, files }],
    });
    expect(both).toMatchObject({
      found: '2 values differ between services',
      severity: 'requirement',
    });
    expect(both.faults).toContainEqual({
      file: files[0],
      message:
        'differs from database.password. A new value for all: proto-scaffold config rotate database.password',
    });
    const password = { file: platform, from: /^password.*$/m, to: 'password = "x"' };
    const config = configWith(password);
    const toml = found('values-agree', { config });
    expect(found('values-agree', { config, splitSecrets: [{ name, files }] })).toEqual(toml);
    const alone = found('values-agree', { splitSecrets: [{ name: 'YOUR_OTHER', files }] });
    expect(alone.faults?.[0]?.message).toContain('config rotate postgres_password');
  });
});

describe('the web ports and the site', () => {
  it('names the ports of a program that only root can see', () => {
    const held = [80, 443, 443].map((port) => ({ port, address: '0.0.0.0', uid: 7 }));
    const of = (nginxRuns: boolean, uid: number) =>
      found('web-ports', {
        webPorts: known({ held: held.map((each) => ({ ...each, uid })), nginxRuns }),
      });
    expect(of(true, 7).found).toBe('A program that only root can see listens on 80 and 443');
    expect(of(false, 0).state).toBe('unknown');
    expect(of(true, 0)).toMatchObject({ state: 'ok', found: 'nginx is listening' });
    expect(found('web-ports', {}).found).toBe('free');
  });

  it('takes a site without a name, and says which key could not be read', () => {
    const { site } = siteWith({});
    if (site.kind !== 'known') throw new Error('no site');
    const named = (serverNames: string[]) =>
      found('nginx-site', { site: known({ ...site.value, serverNames }) }).state;
    expect([named([]), named(['_']), named([chatHost]), named(['x'])]).toEqual([
      ...['ok', 'ok', 'ok', 'failed'],
    ]);
    const { fitsKey: _, ...unread } = certificate;
    const read = known({ files: { certificate: '/c', key: '/k' }, read: known(unread) });
    const value = { ...site.value, certificate: (read as any).value };
    expect(found('certificate', { site: known(value) }).found).toBe(
      'valid for 90 more days; this user cannot read its key',
    );
    expect(found('certificate', {}).found).toBe('valid for 90 more days');
  });

  it.each(['nginx-site', 'certificate'])('%s does not apply without a site or a name', (id) => {
    expect(found(id, { site: absent, url: absent }).state).toBe('not applicable');
  });

  it('leaves a host without nginx alone', () => {
    const closed = [{ ...home, mode: 0o040700 }];
    const state = (nginx: Facts['nginx']) =>
      found('static-files', { nginx, staticPaths: closed }).state;
    expect([state(absent), state(wellHost.nginx)]).toEqual(['not applicable', 'failed']);
  });

  it('judges an unknown user of nginx as one of the others', () => {
    const of = (mode: number) =>
      found('static-files', { webUser: absent, staticPaths: [{ ...home, mode, uid: 1, gid: 1 }] });
    expect(of(0o040711).found).toBe('nginx can read every file');
    expect(of(0o040770).found).toContain('nginx cannot enter');
  });
});

describe('the folders and files that nginx serves', () => {
  it.each([
    ['0711, which its own remedy leaves', 0o040711],
    ['0701', 0o040701],
  ])('may have a folder with mode %s', (_, mode) => {
    expect(found('static-files', { staticPaths: [{ ...home, mode }, page] }).state).toBe('ok');
  });

  it('must be readable as files', () => {
    const closed = { ...page, mode: 0o100641 };
    const { found: text, remedy } = found('static-files', { staticPaths: [home, closed] });
    expect(text).toBe(`www-data cannot read ${page.path} (mode 0641)`);
    expect(remedy).toBe(`Allow others to read it: chmod o+r ${page.path}`);
  });

  it('must let nginx enter as folders', () => {
    const closed = { ...home, mode: 0o040744 };
    expect(found('static-files', { staticPaths: [closed, page] })).toMatchObject({
      state: 'failed',
      remedy: expect.stringContaining(`chmod o+x ${home.path} `),
    });
  });
});

describe('every check', () => {
  it.each(checks.map(({ id }) => id))('%s passes where all is well', (id) => {
    // Without an override file there is nothing to be wrong in it.
    const host =
      id === 'override-file'
        ? { override: known({ name: 'docker-compose.override.yaml', strange: [], known: [] }) }
        : {};
    expect(found(id, host)).toMatchObject({ state: 'ok', found: expect.stringMatching(/./) });
  });

  it.each(rows)('%s on another host (%#)', (id, host, state, text) => {
    const finding = found(id, host);
    expect(finding.found).toMatch(text);
    expect(finding.state).toBe(state);
    expect(finding.found).not.toMatch(/\.$/);
    if (state === 'failed') expect(finding.remedy).toMatch(/./);
    // That is for a command.
    expect(finding.remedy ?? '').not.toContain('run the command again');
  });

  it('has a row here in which it fails', () => {
    const failing = rows.filter(([, , state]) => state === 'failed').map(([id]) => id);
    expect(new Set(failing)).toEqual(new Set(checks.map(({ id }) => id)));
  });

  it('has an id of its own, in kebab case', () => {
    const ids = checks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('judges by nothing but what it names', () => {
    for (const check of checks) {
      const needed = new Map(check.needs.map((name) => [name, wellHost[name]]));
      expect(() => check.judge(Object.fromEntries(needed) as unknown as Facts)).not.toThrow();
    }
  });
});

describe('a finding', () => {
  it('names file, line and key of a value, and never the value', () => {
    const config = configWith({ file: platform, from: 'SG.abcdefgh', to: 'XX.my-secret' });
    const { faults, ...rest } = found('key-form', { config });
    expect(faults).toEqual([
      {
        file: 'backend/config/platform.toml',
        line: expect.any(Number),
        key: 'sendgrid.api_key',
        message: 'does not start with SG.',
      },
    ]);
    expect(JSON.stringify([faults, rest])).not.toContain('my-secret');
  });

  it.each([
    ['little room, and nothing to pull', 'disk-images', dockerDisk({ free: gb, pulls: false })],
    [
      'little room where the installation lies',
      'disk-installation',
      { installationDisk: known({ path: '/srv', free: 5 * gb, size: 9 * gb }) },
    ],
    ['images that Docker can pull', 'images', { images: known({ all: 5, missing: ['bucket'] }) }],
    [
      'an address that differs on purpose',
      'values-agree',
      {
        config: configWith({
          file: platform,
          from: /^base_url.*$/m,
          to: 'base_url = "https://intern.example"',
        }),
      },
    ],
    ['a certificate that ends soon', 'certificate', siteWith({ validTo: now + 5 * day })],
  ] as [string, string, Partial<Facts>][])('is milder for %s', (_what, id, host) => {
    expect(found(id, host)).toMatchObject({ state: 'failed', severity: 'advice' });
  });

  it('of a secret that differs between services is not mild', () => {
    const config = configWith({
      file: platform,
      from: /^secret_key.*$/m,
      to: 'secret_key = "mine"',
    });
    expect(found('values-agree', { config }).severity).toBe('requirement');
  });

  it('about a secret that differs names a key that there is', () => {
    const [name = ''] =
      wellHost.config.parameters.flatMap(({ generated, placeholders }) =>
        generated ? placeholders.map(([placeholder]) => placeholder) : [],
      ) ?? [];
    const { faults } = found('values-agree', {
      splitSecrets: [{ name, files: ['backend/secrets/x'] }],
    });
    const [, key = ''] = /proto-scaffold config rotate (\S+)$/.exec(faults[0]?.message ?? '') ?? [];
    expect(wellHost.config.parameters.map((parameter) => parameter.key)).toContain(key);
  });

  it('about mapped user ids names the override file that there is', () => {
    const override = known({ name: 'docker-compose.override.yaml', strange: [], known: [] });
    const { remedy } = found('user-namespaces', { ...withSecurity('userns'), override });
    expect(remedy).toContain('backend/docker-compose.override.yaml');
  });

  it('of a probe that was cut off says so', () => {
    expect(found('docker-version', { docker: timedOut }).timedOut).toBe(true);
    expect(found('engine', { docker: timedOut }).timedOut).toBe(true);
  });
});
