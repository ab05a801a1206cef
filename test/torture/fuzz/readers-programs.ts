import { rootCertificates } from 'node:tls';
import { parseDockerInfo } from '../../../src/checks/facts/docker-info.ts';
import { parseSockets } from '../../../src/checks/facts/sockets.ts';
import { parseOsRelease } from '../../../src/checks/facts/system-files.ts';
import { parseComposeConfig } from '../../../src/compose/compose-config.ts';
import {
  parseComposeModel,
  parseContainers,
  parseImages,
  parseMemory,
  parseNames,
  parseSize,
  parseVolumeSizes,
} from '../../../src/compose/docker-answers.ts';
import { dockerFailure } from '../../../src/compose/docker-failures.ts';
import { plainLog } from '../../../src/compose/service-health.ts';
import { parseMountInfo } from '../../../src/lib/fs/mount-info.ts';
import { parseBuild } from '../../../src/nginx/nginx.ts';
import { includeWords, rivalsOf } from '../../../src/nginx/served-sites.ts';
import { portFaults } from '../../../src/nginx/site-ports.ts';
import { isAtLeast, parseNginxVersion, versionNumber } from '../../../src/release/release-order.ts';
import { chainFault } from '../../../src/tls/chain.ts';
import { containerAnswer } from '../../support/docker-stand-in.ts';
import { readTemplateSet } from '../../support/template-set.ts';
import { hostileJson } from './hostile.ts';
import { type Reader, reader } from './reader.ts';
import { say } from './texts.ts';

/** Readers of what programs of the host say. */

const { release } = readTemplateSet();
const [certificate = ''] = rootCertificates;
const info = {
  ServerVersion: '27.3.1',
  DockerRootDir: '/var/lib/docker',
  ClientInfo: { Plugins: [{ Name: 'compose', Version: 'v2.29.7' }] },
};
const model = {
  name: 'p',
  services: { a: { image: 'x', volumes: [{ type: 'volume', source: 'v', target: '/d' }] } },
  volumes: { v: { name: 'p_v' } },
};

export const readersOfPrograms: readonly Reader[] = [
  reader('docker info', hostileJson(info), (text) => parseDockerInfo(text, text)),
  reader('docker compose config', hostileJson(model), (text) => [
    parseComposeConfig(text),
    parseComposeModel(text),
  ]),
  reader('docker container inspect', hostileJson([containerAnswer('a')]), parseContainers),
  reader(
    'docker image inspect',
    hostileJson([{ Id: 'a', RepoDigests: ['x@y'], Size: 1 }]),
    parseImages,
  ),
  reader('docker stats', hostileJson({ ID: 'a', MemUsage: '1MiB / 2GiB' }), parseMemory),
  reader(
    'docker system df',
    hostileJson({ Volumes: [{ Name: 'v', Size: '1MB' }] }),
    parseVolumeSizes,
  ),
  reader('docker volume ls', hostileJson({ Name: 'v' }), parseNames),
  reader(
    'versions',
    say(
      'nginx version: nginx/1.18.0 (Ubuntu)',
      'v2.29.7-desktop.1',
      '26.1.5+dfsg1',
      '1.',
      '9'.repeat(400),
    ),
    (text) => [
      parseNginxVersion(text),
      versionNumber(text),
      isAtLeast(text, '24.0.0'),
      parseSize(text),
    ],
  ),
  reader(
    'nginx -V',
    say(
      'configure arguments:',
      "--prefix=/etc/nginx --with-cc-opt='-g -O2'",
      '--conf-path=',
      "'",
      '"',
      '--without-x',
    ),
    parseBuild,
  ),
  reader(
    'nginx configurations',
    say(
      ...[
        'server { listen 80; server_name x; location / { proxy_pass http://a/; } }',
        '{',
        '}',
        ';',
      ],
      ...['http {', 'include /p;', 'upstream a { server 127.0.0.1:1; }', '"', "'", '\\', '${', '#'],
      ...[
        'listen [::]:443 ssl default_server;',
        'server_name .x *.x ~x;',
        'proxy_pass "http://[";',
      ],
    ),
    (text) => {
      const texts = new Map([
        ['/m', text],
        ['/p', text],
      ]);
      const includes = new Map(includeWords(text).map((word) => [word, ['/p']]));
      rivalsOf({ main: '/m', texts, includes, unreadable: [] }, '/p');
      portFaults(text, release, 'on-premise', new Map());
    },
  ),
  reader(
    'certificates',
    say(certificate, certificate.slice(0, 90), '-----BEGIN CERTIFICATE-----\n', '\n'),
    (text) => chainFault(text, text, async () => [text], 0),
  ),
  reader(
    'files of the system',
    say(
      'NAME="Ubuntu"',
      '0: 0100007F:1F90 00000000:0000 0A',
      '36 35 98:0 / /mnt rw - ext4 /dev/x rw',
      '\\040',
    ),
    (text) => [parseOsRelease(text), parseSockets(text), parseMountInfo(text)],
  ),
  reader(
    "docker's last words",
    say(
      'docker-credential-x',
      'error saving credentials',
      'repository',
      'manifest for',
      'permission denied',
      'login attempt',
      'executable file not found',
      'level=error\n',
    ),
    (text) => [dockerFailure(text, 'x'), plainLog(text)],
  ),
];
