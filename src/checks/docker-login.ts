import type { StoredLogin } from '../registry/stored-login.ts';
import { defineCheck, failed, judgeKnown, notApplicable, ok } from './define.ts';

const dockerConfig = defineCheck({
  id: 'docker-config',
  title: "Docker's config.json can be read, and is this user's own",
  why: 'The registry login is kept there. After a `sudo docker login` it often belongs to root.',
  remedy: 'Give it back: sudo chown -R $USER ~/.docker',
  severity: { check: 'requirement', start: 'advice' },
  concerns: 'host',
  needs: ['dockerConfig', 'user'],
  judge: ({ dockerConfig, user }) => {
    if (dockerConfig.kind === 'absent') return notApplicable('There is none yet');
    if (dockerConfig.kind === 'refused') return failed(dockerConfig.why);
    return judgeKnown(dockerConfig, "Docker's config.json", ({ path, uid, fault }) => {
      if (fault !== undefined) {
        return failed(`${path} ${fault}`, { remedy: 'Correct the file, or move it away.' });
      }
      if (uid !== user.uid && !user.root) return failed(`${path} belongs to another user`);
      return ok(path);
    });
  },
});

const sudoUser = defineCheck({
  id: 'sudo-user',
  title: 'Docker is used as the user who logs it in',
  why: "Root has a Docker login and files of its own: a login made by root is not there for the user's `docker compose`, nor the other way round.",
  remedy:
    'Type `sudo docker compose` there, too; or add the user to the group docker and leave sudo out.',
  severity: { check: 'advice', start: 'advice', update: 'advice' },
  concerns: 'host',
  needs: ['user'],
  judge: ({ user }) =>
    user.root && user.sudoUser !== undefined && user.sudoUser !== 'root'
      ? failed(`Run by sudo: Docker's login and the files are root's, not ${user.sudoUser}'s`)
      : ok(user.root ? 'root, without sudo' : 'not by sudo'),
});

const helper = defineCheck({
  id: 'credential-helper',
  title: 'No credential helper is in the way',
  why: 'Docker asks the helper that its config.json names, and no other: where it is not installed, or knows another login, every pull fails.',
  remedy: 'Put ours in its place: proto-scaffold login --helper',
  severity: { check: 'requirement', start: 'advice' },
  concerns: 'host',
  needs: ['dockerConfig'],
  judge: ({ dockerConfig }) => {
    if (dockerConfig.kind === 'absent') return ok('none is named');
    return judgeKnown(dockerConfig, "Docker's config.json", ({ path, helper }) => {
      if (helper === undefined) return ok('none is named');
      const program = `docker-credential-${helper.name}`;
      if (!helper.installed) return failed(`${path} names ${program}, which is not on the PATH`);
      if (helper.name === 'ecr-login') {
        return failed(`${program} logs in with AWS keys of its own, not with the vendor's`, {
          severity: 'advice',
        });
      }
      return ok(program);
    });
  },
});

const login = defineCheck({
  id: 'registry-login',
  title: 'Docker is logged in to the registry',
  why: 'A login to ECR lasts 12 hours; without one nothing can be pulled.',
  remedy: 'Log in: proto-scaffold login (or once for all: proto-scaffold login --helper)',
  severity: { check: 'advice' },
  inside: true,
  concerns: 'host',
  needs: ['dockerConfig', 'now'],
  judge: ({ dockerConfig, now }) => {
    if (dockerConfig.kind === 'absent') return failed('There is no login');
    return judgeKnown(dockerConfig, "Docker's config.json", ({ login }) => {
      const words = loginWords(login, now);
      return isUsable(login, now) ? ok(words) : failed(words);
    });
  },
});

/** Whether a pull can be expected to be let in. What can not be looked into is taken to be good. */
export function isUsable(login: StoredLogin, now: number): boolean {
  if (login.kind === 'none') return false;
  return login.kind !== 'token' || login.expiresAt === undefined || login.expiresAt > now;
}

function loginWords(login: StoredLogin, now: number): string {
  switch (login.kind) {
    case 'none':
      return 'There is no login';
    case 'helper':
      return 'Docker fetches a login at every pull';
    case 'elsewhere':
      return `The login is kept by docker-credential-${login.helper}`;
    case 'token': {
      if (login.expiresAt === undefined) return 'There is a login; when it ends is not known';
      const minutes = Math.round((login.expiresAt - now) / 60_000);
      return minutes > 0
        ? `The login ends in ${inHours(minutes)}`
        : `The login ended ${inHours(-minutes)} ago`;
    }
  }
}

function inHours(minutes: number): string {
  if (minutes < 90) return `${minutes} min`;
  return minutes < 72 * 60
    ? `${Math.round(minutes / 60)} h`
    : `${Math.round(minutes / 60 / 24)} days`;
}

export const loginChecks = [dockerConfig, sudoUser, helper, login];
