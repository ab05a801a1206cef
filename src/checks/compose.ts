import { nearest } from '../lib/text/document-faults.ts';
import { counted, defineCheck, failed, judgeKnown, notApplicable, ok, unknown } from './define.ts';
import { isUsable } from './docker-login.ts';
import { overlaps, type PortHolder } from './facts/sockets.ts';

const composeFile = defineCheck({
  id: 'compose-file',
  title: 'docker-compose.yml is valid, with its override file',
  why: '`docker compose up -d` reads both.',
  remedy: 'Correct it at the place named: `docker compose config -q` in backend/ says the same.',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'values',
  needs: ['composeFile'],
  judge: ({ composeFile }) =>
    judgeKnown(composeFile, 'docker compose config', ({ valid, says }) => {
      if (!valid) return failed(`docker compose can not read it: ${says}`);
      return says === ''
        ? ok('valid')
        : failed(`docker compose warns: ${says}`, { severity: 'advice' });
    }),
});

const override = defineCheck({
  id: 'override-file',
  title: 'The services of the override file are known',
  why: 'What stands under a name that docker-compose.yml does not have changes nothing, or keeps all from starting.',
  remedy: 'Correct the name, or give the service an image of its own.',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'values',
  needs: ['override'],
  judge: ({ override }) => {
    if (override.kind === 'absent') return notApplicable('There is no override file');
    return judgeKnown(override, 'The override file', ({ strange, known }) => {
      if (strange.length === 0) return ok('all are known');
      const names = strange.map(({ service }) => service).join(', ');
      const file = 'backend/docker-compose.override.yml';
      return failed(`The override file names what is no service: ${names}`, {
        faults: strange.map(({ service, line }) => ({
          file,
          line,
          key: `services.${service}`,
          message: `is not a known service${nearest(service, known)}`,
        })),
      });
    });
  },
});

const images = defineCheck({
  id: 'images',
  title: 'The images of the release are on this host',
  why: 'What is here can be started without the registry.',
  remedy: 'Pull them: docker compose pull, in backend/',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'host',
  needs: ['images', 'dockerConfig', 'now'],
  judge: ({ images, dockerConfig, now }) =>
    judgeKnown(images, 'docker image inspect', ({ all, missing }) => {
      if (missing.length === 0) return ok(`all ${all} are here`);
      const found = `${missing.length} of ${all} images are not on this host: ${missing.join(', ')}`;
      // What docker can fetch at the start is no reason to stop it.
      if (dockerConfig.kind === 'known' && isUsable(dockerConfig.value.login, now)) {
        return failed(found, { severity: 'advice' });
      }
      return failed(`${found}; and Docker has no login to pull them with`, {
        remedy: 'Log in, then pull: proto-scaffold login, and docker compose pull in backend/',
      });
    }),
});

const servicePorts = defineCheck({
  id: 'service-ports',
  title: "The services' ports are free",
  why: 'A container whose port is taken does not start.',
  remedy: 'Stop the other program: `sudo ss -tlnp` shows who it is.',
  severity: { check: 'requirement', init: 'advice', start: 'requirement', update: 'advice' },
  concerns: 'host',
  needs: ['servicePorts'],
  judge: ({ servicePorts }) =>
    judgeKnown(servicePorts, 'The listening ports', ({ wanted, held, project, asked }) => {
      const hits = wanted.flatMap((want) => {
        const holder = held.find(
          ({ port, address }) => port === want.port && overlaps(address, want.address),
        );
        return holder === undefined ? [] : [{ ...want, holder }];
      });
      const ours = ({ holder }: (typeof hits)[number]) =>
        holder.project !== undefined && holder.project === project;
      const strangers = hits.filter((hit) => !ours(hit));
      if (strangers.length === 0) {
        return ok(hits.length > 0 ? 'held by the platform itself' : 'free');
      }
      const found = strangers.map(
        ({ port, service, holder }) => `${port} (${service}) is held by ${holderWords(holder)}`,
      );
      const text = found.join(', ');
      const hidden = !asked && strangers.every(({ holder }) => mayBeDocker(holder));
      return hidden ? unknown(`${text}; whose container it is could not be asked`) : failed(text);
    }),
});

/** Where Docker could not be asked, it may be the platform itself that holds the port. */
function mayBeDocker({ program, uid }: PortHolder): boolean {
  return program === 'docker-proxy' || (program === undefined && uid === 0);
}

function holderWords({ program, project, uid }: PortHolder): string {
  if (project !== undefined) return `a container of ${project}`;
  return program ?? (uid === 0 ? 'a program of root' : 'a program of another user');
}

const files = defineCheck({
  id: 'files',
  title: 'Files have their modes and owners',
  why: "Containers read their configuration through its group; secrets are nobody else's business; what belongs to root can not be updated.",
  remedy: 'Set them as named.',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'host',
  needs: ['files', 'user'],
  judge: ({ files, user }) => {
    const faults = files.flatMap((file) => {
      const { path, mode, uid, gid, wanted, reachable } = file;
      const told: { file: string; message: string; grave: boolean }[] = [];
      const tell = (message: string, grave = false) => told.push({ file: path, message, grave });
      const should = (wanted.mode & 0o777).toString(8).padStart(4, '0');
      if (wanted.gid !== undefined && (mode & 0o004) === 0) {
        if (gid !== wanted.gid)
          tell(`the containers can not read it: sudo chgrp ${wanted.gid}`, true);
        else if ((mode & 0o040) === 0)
          tell(`the containers can not read it: chmod ${should}`, true);
      }
      if ((mode & 0o007 & ~wanted.mode) !== 0 && reachable) {
        tell(`other users of this host can read it: chmod ${should}`);
      }
      if (uid !== wanted.uid)
        tell(`belongs to another user than the rest: sudo chown ${wanted.uid}`);
      else if (uid !== user.uid && !user.root) tell('belongs to another user');
      return told;
    });
    if (faults.length === 0) return ok(`${files.length} files are as they should be`);
    const grave = faults.some((fault) => fault.grave);
    return failed(
      counted(faults.length, 'file has a wrong mode or owner', 'files have wrong modes or owners'),
      {
        ...(!grave && { severity: 'advice' as const }),
        faults: faults.map(({ file, message }) => ({ file, message })),
      },
    );
  },
});

export const composeChecks = [composeFile, override, images, servicePorts, files];
