import { refreshCommands } from '../compose/service-health.ts';
import { nearest } from '../lib/text/document-faults.ts';
import { counted, defineCheck, failed, judgeKnown, notApplicable, ok, unknown } from './define.ts';
import { isUsable } from './docker-login.ts';
import { overlaps, type PortHolder } from './facts/sockets.ts';

const composeFile = defineCheck({
  id: 'compose-file',
  title: 'docker-compose.yml and its override file are valid',
  why: '`docker compose up -d` reads both files.',
  remedy:
    'Correct the file at the reported line. To check it, run `docker compose config -q` in backend/.',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'values',
  needs: ['composeFile'],
  judge: ({ composeFile }) =>
    judgeKnown(composeFile, 'docker compose config', ({ valid, says }) => {
      if (!valid) return failed(`docker compose rejected the files: ${says}`);
      return says === ''
        ? ok('valid')
        : failed(`docker compose reported a warning: ${says}`, { severity: 'advice' });
    }),
});

const project = defineCheck({
  id: 'compose-project',
  title: "Docker Compose uses this installation's project and files, also by hand",
  why: '`docker compose` in backend/ would otherwise start or stop another project, with other volumes. proto-scaffold itself always names project and files.',
  remedy: 'Follow the lines above, each for one setting.',
  severity: { check: 'advice', start: 'advice', update: 'advice' },
  inside: true,
  concerns: 'values',
  engine: true,
  needs: ['redirects'],
  judge: ({ redirects }) =>
    redirects.length === 0
      ? ok('no variable or file leads elsewhere')
      : failed(
          counted(
            redirects.length,
            'setting leads `docker compose` to another project',
            'settings lead `docker compose` to another project',
          ),
          { faults: redirects },
        ),
});

const owner = defineCheck({
  id: 'data-owner',
  title: 'The containers and the data belong to this installation',
  why: 'A copy of the folder would start, stop or delete the containers and the data of the original. Missing data would be replaced by an empty database.',
  remedy: 'Follow the lines above.',
  severity: { check: 'requirement' },
  inside: true,
  concerns: 'values',
  engine: true,
  needs: ['ownerProblems'],
  judge: ({ ownerProblems }) =>
    judgeKnown(ownerProblems, 'The owner of the data', ([first, ...others]) =>
      first === undefined
        ? ok('both do, or there are none yet')
        : failed([first, ...others].map(({ message }) => message.replace(/\.$/, '')).join('. '), {
            remedy: [first, ...others].map(({ hint }) => hint).join(' '),
          }),
    ),
});

const staleFiles = defineCheck({
  id: 'files-in-use',
  title: 'The services run with the current configuration files',
  why: 'A service reads its files when it starts. A change of values, allowed networks or a certificate does not count until then.',
  remedy: 'Restart the services.',
  severity: { check: 'advice' },
  inside: true,
  concerns: 'values',
  engine: true,
  needs: ['staleServices'],
  judge: ({ staleServices }) => {
    if (staleServices.kind === 'absent') return notApplicable('The platform is not running');
    return judgeKnown(staleServices, 'The containers', (stale) => {
      if (stale.length === 0) return ok('no file was changed since');
      const names = stale.map(({ service }) => service).join(', ');
      return failed(`Started before their files were changed: ${names}`, {
        remedy: `Run ${refreshCommands(stale)
          .map((command) => `\`${command}\``)
          .join(' and ')}.`,
        faults: stale.flatMap(({ service, files, by }) => {
          const message =
            by === 'start'
              ? `may have other settings than the container of ${service}`
              : `was changed after ${service} started`;
          return files.map((file) => ({ file, message }));
        }),
      });
    });
  },
});

const override = defineCheck({
  id: 'override-file',
  title: 'The override file uses known services',
  why: 'Settings for a service that is not in docker-compose.yml have no effect, or prevent the platform from starting.',
  remedy: 'Correct the name, or set an image for the service.',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'values',
  needs: ['override', 'composeFile'],
  judge: ({ override, composeFile }) => {
    if (override.kind === 'absent') return notApplicable('There is no override file');
    return judgeKnown(
      override,
      'The override file',
      ({ name, strange: unknownServices, known }) => {
        if (unknownServices.length === 0) return ok('all are known');
        const names = unknownServices.map(({ service }) => service).join(', ');
        const file = `backend/${name}`;
        // If Compose accepts the files, the services have an image after all.
        const accepted = composeFile.kind === 'known' && composeFile.value.valid;
        return failed(`The override file contains unknown services: ${names}`, {
          ...(accepted && { severity: 'advice' as const }),
          faults: unknownServices.map(({ service, line }) => ({
            file,
            line,
            key: `services.${service}`,
            message: `is not a known service${nearest(service, known)}`,
          })),
        });
      },
    );
  },
});

const images = defineCheck({
  id: 'images',
  title: 'The images of the release are on this host',
  why: 'With all images on the host, the platform starts without the registry.',
  remedy: 'Pull them: run docker compose pull in backend/',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'host',
  needs: ['images', 'dockerConfig', 'now'],
  judge: ({ images, dockerConfig, now }) =>
    judgeKnown(images, 'docker image inspect', ({ all, missing }) => {
      if (missing.length === 0) return ok(`all ${all} are present`);
      const found = `${missing.length} of ${all} images are not on this host: ${missing.join(', ')}`;
      // Docker can pull missing images at start, so they do not stop it.
      if (dockerConfig.kind === 'known' && isUsable(dockerConfig.value.login, now)) {
        return failed(found, { severity: 'advice' });
      }
      return failed(`${found}, and Docker has no login to pull them`, {
        remedy: 'Run proto-scaffold login, then docker compose pull in backend/',
      });
    }),
});

const servicePorts = defineCheck({
  id: 'service-ports',
  title: 'The ports of the services are free',
  why: 'A container does not start if its port is in use.',
  remedy:
    'Stop the other program. To find it, run `sudo ss -tlnp`. Or change the port in docker-compose.yml, then run `proto-scaffold nginx`.',
  severity: { check: 'requirement', init: 'advice', start: 'requirement', update: 'advice' },
  concerns: 'host',
  engine: true,
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
      const conflicts = hits.filter((hit) => !ours(hit));
      if (conflicts.length === 0) {
        return ok(hits.length > 0 ? 'in use by the platform itself' : 'free');
      }
      const found = conflicts.map(
        ({ port, service, holder }) =>
          `${port} (${service}) is in use by ${describeHolder(holder)}`,
      );
      const text = found.join(', ');
      const hidden = !asked && conflicts.every(({ holder }) => mayBeDocker(holder));
      return hidden
        ? unknown(`${text}; Docker could not be asked for the container`)
        : failed(text);
    }),
});

/** Without an answer from Docker, the platform itself may hold the port. */
function mayBeDocker({ program, uid }: PortHolder): boolean {
  return program === 'docker-proxy' || (program === undefined && uid === 0);
}

function describeHolder({ program, project, uid }: PortHolder): string {
  if (project !== undefined) return `a container of ${project}`;
  return program ?? (uid === 0 ? 'a program run by root' : 'a program run by another user');
}

const files = defineCheck({
  id: 'files',
  title: 'Files have the correct modes and owners',
  why: 'Containers read their configuration through its group. Other users must not read secrets. proto-scaffold cannot update files that root owns.',
  remedy: 'Run the listed commands.',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'host',
  needs: ['files', 'user'],
  judge: ({ files, user }) => {
    const faults = files.flatMap((file) => {
      const { path, mode, uid, gid, wanted, reachable } = file;
      const problems: { file: string; message: string; severe: boolean }[] = [];
      const report = (message: string, severe = false) =>
        problems.push({ file: path, message, severe });
      const should = (wanted.mode & 0o777).toString(8).padStart(4, '0');
      if (wanted.gid !== undefined && (mode & 0o004) === 0) {
        if (gid !== wanted.gid)
          report(`the containers cannot read it: sudo chgrp ${wanted.gid}`, true);
        else if ((mode & 0o040) === 0)
          report(`the containers cannot read it: chmod ${should}`, true);
      }
      if ((mode & 0o007 & ~wanted.mode) !== 0 && reachable) {
        report(`other users of this host can read it: chmod ${should}`);
      }
      if (uid !== wanted.uid)
        report(`has a different owner than the other files: sudo chown ${wanted.uid}`);
      else if (uid !== user.uid && !user.root) report('belongs to another user');
      return problems;
    });
    if (faults.length === 0) return ok(`${files.length} files have the correct mode and owner`);
    const severe = faults.some((fault) => fault.severe);
    return failed(
      counted(
        faults.length,
        'file has the wrong mode or owner',
        'files have the wrong mode or owner',
      ),
      {
        ...(!severe && { severity: 'advice' as const }),
        faults: faults.map(({ file, message }) => ({ file, message })),
      },
    );
  },
});

export const composeChecks = [
  composeFile,
  project,
  owner,
  staleFiles,
  override,
  images,
  servicePorts,
  files,
];
