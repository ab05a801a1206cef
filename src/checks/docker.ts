import { dockerFailure } from '../compose/docker.ts';
import { isAtLeast } from '../release/release-order.ts';
import { defineCheck, failed, hanging, type Judgement, judgeKnown, ok, unknown } from './define.ts';

const installDocker =
  "Install Docker Engine with its CLI and Compose from Docker's own apt repository (docs.docker.com/engine/install/ubuntu).";

const command = defineCheck({
  id: 'docker',
  title: 'The docker command is there',
  why: 'The platform runs in containers, and the registry login is kept by docker.',
  remedy: installDocker,
  severity: { check: 'requirement', init: 'requirement', start: 'requirement', update: 'advice' },
  concerns: 'host',
  needs: ['dockerCommand'],
  judge: ({ dockerCommand }) =>
    dockerCommand.kind === 'absent'
      ? failed('There is no docker command on the PATH')
      : judgeKnown(dockerCommand, 'docker', (path) => ok(path)),
});

const version = defineCheck({
  id: 'docker-version',
  title: 'Docker is recent enough',
  why: 'Older engines do not know all that docker-compose.yml uses.',
  remedy: installDocker,
  severity: { check: 'requirement', init: 'advice', start: 'requirement', update: 'advice' },
  concerns: 'host',
  needs: ['docker', 'requires'],
  judge: ({ docker, requires }) =>
    judgeKnown(docker, 'docker info', ({ client, engine }) => {
      if (engine.kind === 'known') {
        return judgeVersion('Docker Engine', engine.value.version, requires.docker);
      }
      if (client !== undefined) return judgeVersion('The docker command', client, requires.docker);
      return unknown('The docker command does not tell its version: it is older than 23.0');
    }),
});

const compose = defineCheck({
  id: 'compose',
  title: 'Docker Compose is there, and recent enough',
  why: 'The platform is started by `docker compose`; the old docker-compose is another program.',
  remedy:
    "Install Docker Compose: sudo apt-get install docker-compose-plugin (from Docker's own apt repository).",
  severity: { check: 'requirement', init: 'advice', start: 'requirement', update: 'advice' },
  concerns: 'host',
  needs: ['docker', 'requires'],
  judge: ({ docker, requires }) =>
    judgeKnown(docker, 'docker info', ({ compose }) =>
      compose === undefined
        ? failed('docker has no plugin compose: `docker compose` is unknown')
        : judgeVersion('Docker Compose', compose, requires.compose),
    ),
});

const engine = defineCheck({
  id: 'engine',
  title: 'The Docker Engine runs, and this user may use it',
  why: 'Without it nothing can be pulled or started.',
  remedy: 'Start it with `sudo systemctl start docker`.',
  severity: { check: 'requirement', start: 'requirement', update: 'advice' },
  concerns: 'host',
  needs: ['docker'],
  judge: ({ docker }) => {
    if (docker.kind === 'absent') {
      return failed('There is no docker command to ask it with', { remedy: installDocker });
    }
    if (docker.kind === 'timed out') {
      return failed(hanging('The Docker Engine', docker.afterMs), {
        timedOut: true,
        remedy: 'Look at `journalctl -u docker` and `dmesg`; then `sudo systemctl restart docker`.',
      });
    }
    return judgeKnown(docker, 'docker info', ({ engine }) => {
      if (engine.kind === 'known') return ok(`Docker Engine ${engine.value.version} answers`);
      const { message, hint } = dockerFailure(
        engine.kind === 'refused' ? engine.why : '',
        'the Docker Engine',
      );
      return failed(message.replace(/\.$/, ''), {
        remedy: hint.replace(/, and run the command again/, ''),
      });
    });
  },
});

const snap = defineCheck({
  id: 'docker-snap',
  title: "Docker does not come from Ubuntu's snap",
  why: "The snap keeps Docker's config and data elsewhere, and sees only /home: logins get lost, and files outside of it can not be mounted.",
  remedy: `Remove it (\`sudo snap remove docker\`; its images and volumes go with it). ${installDocker}`,
  severity: { check: 'advice', init: 'advice', start: 'advice' },
  concerns: 'host',
  needs: ['dockerCommand', 'docker'],
  judge: ({ dockerCommand, docker }) => {
    const engine = docker.kind === 'known' ? docker.value.engine : docker;
    const root = engine.kind === 'known' ? engine.value.root : '';
    if (root.startsWith('/var/snap/')) {
      return failed(`The Docker Engine is the snap's: it keeps its data in ${root}`);
    }
    return judgeKnown(dockerCommand, 'docker', (path) =>
      /^\/(var\/lib\/snapd\/)?snap\//.test(path)
        ? failed(`The docker command is the snap's: ${path}`)
        : ok(path),
    );
  },
});

/** @param what `Docker Engine` */
export function judgeVersion(what: string, version: string, wanted: string): Judgement {
  const found = `${what} ${version}`;
  const enough = isAtLeast(version, wanted);
  if (enough === undefined) return unknown(`${found}: no version that can be compared`);
  return enough ? ok(found) : failed(`${found} is older than ${wanted}`);
}

export const dockerChecks = [command, version, compose, engine, snap];
