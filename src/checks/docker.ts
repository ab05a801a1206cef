import { dockerFailure, thenRunAgain } from '../compose/docker-failures.ts';
import { isAtLeast } from '../release/release-order.ts';
import {
  defineCheck,
  failed,
  type Judgement,
  judgeKnown,
  ok,
  timedOutAfter,
  unknown,
} from './define.ts';

const installDocker =
  "Install Docker Engine with its CLI and Compose from Docker's own apt repository (docs.docker.com/engine/install/ubuntu).";

const command = defineCheck({
  id: 'docker',
  title: 'The docker command is installed',
  why: 'The platform runs in containers, and docker stores the registry login.',
  remedy: installDocker,
  severity: { check: 'requirement', init: 'requirement', start: 'requirement', update: 'advice' },
  engine: true,
  concerns: 'host',
  needs: ['dockerCommand'],
  judge: ({ dockerCommand }) =>
    dockerCommand.kind === 'absent'
      ? failed('The docker command is not on the PATH')
      : judgeKnown(dockerCommand, 'docker', ({ path, isPodman }) =>
          isPodman ? failed(`The docker command ${path} is Podman`) : ok(path),
        ),
});

const version = defineCheck({
  id: 'docker-version',
  title: 'The Docker version is supported',
  why: 'Older versions do not support all features that docker-compose.yml uses.',
  remedy: installDocker,
  severity: { check: 'requirement', init: 'advice', start: 'requirement', update: 'advice' },
  engine: true,
  concerns: 'host',
  needs: ['docker', 'requires'],
  judge: ({ docker, requires }) =>
    judgeKnown(docker, 'docker info', ({ client, engine }) => {
      if (engine.kind === 'known') {
        return judgeVersion('Docker Engine', engine.value.version, requires.docker);
      }
      if (client !== undefined) return judgeVersion('The docker command', client, requires.docker);
      return unknown('The docker command does not report its version, so it is older than 23.0');
    }),
});

const compose = defineCheck({
  id: 'compose',
  title: 'Docker Compose is installed and its version is supported',
  why: '`docker compose` starts the platform. The old docker-compose is a different program.',
  remedy:
    "Install Docker Compose: sudo apt-get install docker-compose-plugin (from Docker's own apt repository).",
  severity: { check: 'requirement', init: 'advice', start: 'requirement', update: 'advice' },
  engine: true,
  concerns: 'host',
  needs: ['docker', 'requires'],
  judge: ({ docker, requires }) =>
    judgeKnown(docker, 'docker info', ({ compose }) =>
      compose === undefined
        ? failed('The compose plugin of docker is missing: `docker compose` does not work')
        : judgeVersion('Docker Compose', compose, requires.compose),
    ),
});

const engine = defineCheck({
  id: 'engine',
  title: 'The Docker Engine is running and this user has access to it',
  why: 'The Docker Engine pulls the images and runs the containers.',
  remedy: 'Start it with `sudo systemctl start docker`.',
  severity: { check: 'requirement', start: 'requirement', update: 'advice' },
  engine: true,
  concerns: 'host',
  needs: ['docker'],
  judge: ({ docker }) => {
    if (docker.kind === 'absent') {
      return failed('The docker command is not installed', { remedy: installDocker });
    }
    if (docker.kind === 'timed out') {
      return failed(timedOutAfter('The Docker Engine', docker.afterMs), {
        timedOut: true,
        remedy:
          'Check `journalctl -u docker` and `dmesg`, then run `sudo systemctl restart docker`.',
      });
    }
    return judgeKnown(docker, 'docker info', ({ engine, place }) => {
      if (engine.kind === 'known') return ok(`Docker Engine ${engine.value.version} is running`);
      const { message, hint } = dockerFailure(
        engine.kind === 'refused' ? engine.why : '',
        'the Docker Engine',
        place,
      );
      return failed(message.replace(/\.$/, ''), {
        remedy: hint.replace(thenRunAgain, ''),
      });
    });
  },
});

const snap = defineCheck({
  id: 'docker-snap',
  title: 'Docker is not installed from the Ubuntu snap',
  why: 'The snap stores the Docker configuration and data in other folders and can access only /home. Logins get lost, and files outside /home cannot be mounted.',
  remedy: `Remove it with \`sudo snap remove docker\`, which also deletes its images and volumes. ${installDocker}`,
  severity: { check: 'advice', init: 'advice', start: 'advice' },
  concerns: 'host',
  needs: ['dockerCommand', 'docker'],
  judge: ({ dockerCommand, docker }) => {
    const engine = docker.kind === 'known' ? docker.value.engine : docker;
    const root = engine.kind === 'known' ? engine.value.root : '';
    if (root.startsWith('/var/snap/')) {
      return failed(`The Docker Engine is the snap: it stores its data in ${root}`);
    }
    return judgeKnown(dockerCommand, 'docker', ({ path }) =>
      /^\/(var\/lib\/snapd\/)?snap\//.test(path)
        ? failed(`The docker command is the snap: ${path}`)
        : ok(path),
    );
  },
});

/** @param what `Docker Engine` */
export function judgeVersion(what: string, version: string, wanted: string): Judgement {
  const found = `${what} ${version}`;
  const enough = isAtLeast(version, wanted);
  if (enough === undefined) return unknown(`${found}: this version cannot be compared`);
  return enough ? ok(found) : failed(`${found} is older than ${wanted}`);
}

export const dockerChecks = [command, version, compose, engine, snap];
