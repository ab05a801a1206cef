import type { StoredLogin } from '../registry/stored-login.ts';
import { defineCheck, failed, judgeKnown, notApplicable, ok } from './define.ts';

const dockerConfig = defineCheck({
  id: 'docker-config',
  title: "Docker's config.json is readable and belongs to this user",
  why: 'Docker stores the registry login there. After `sudo docker login`, root often owns the file.',
  remedy: 'Change the owner: sudo chown -R $USER ~/.docker',
  severity: { check: 'requirement', start: 'advice' },
  concerns: 'host',
  needs: ['dockerConfig', 'user'],
  judge: ({ dockerConfig, user }) => {
    if (dockerConfig.kind === 'absent') return notApplicable('The file does not exist yet');
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
  title: 'Docker runs as the user who logged in',
  why: 'Each user has a separate Docker login. A login by root does not apply to `docker compose` run by another user, and vice versa.',
  remedy:
    'Use `sudo docker compose` everywhere, or add the user to the docker group and do not use sudo.',
  severity: { check: 'advice', start: 'advice', update: 'advice' },
  concerns: 'host',
  needs: ['user'],
  judge: ({ user }) =>
    user.root && user.sudoUser !== undefined && user.sudoUser !== 'root'
      ? failed(
          `Run with sudo: the Docker login and the files belong to root, not to ${user.sudoUser}`,
        )
      : ok(user.root ? 'root, without sudo' : 'without sudo'),
});

const helper = defineCheck({
  id: 'credential-helper',
  title: 'The credential helper works for the registry',
  why: 'Docker uses only the credential helper in its config.json. If that helper is not installed or returns another login, every pull fails.',
  remedy: 'Replace it with the helper of proto-scaffold: proto-scaffold login --helper',
  severity: { check: 'requirement', start: 'advice' },
  concerns: 'host',
  needs: ['dockerConfig'],
  judge: ({ dockerConfig }) => {
    if (dockerConfig.kind === 'absent') return ok('none is configured');
    return judgeKnown(dockerConfig, "Docker's config.json", ({ path, helper }) => {
      if (helper === undefined) return ok('none is configured');
      const program = `docker-credential-${helper.name}`;
      if (!helper.installed) return failed(`${path} uses ${program}, which is not on the PATH`);
      if (helper.name === 'ecr-login') {
        return failed(`${program} uses its own AWS keys, not the ones from the vendor`, {
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
  why: 'Docker needs a login to pull images. An ECR login lasts 12 hours.',
  remedy: 'Log in: proto-scaffold login (or permanently: proto-scaffold login --helper)',
  severity: { check: 'advice' },
  inside: true,
  concerns: 'host',
  needs: ['dockerConfig', 'now'],
  judge: ({ dockerConfig, now }) => {
    if (dockerConfig.kind === 'absent') return failed('Docker is not logged in');
    return judgeKnown(dockerConfig, "Docker's config.json", ({ login }) => {
      const words = loginWords(login, now);
      return isUsable(login, now) ? ok(words) : failed(words);
    });
  },
});

/** Whether a pull is likely to succeed. A login that cannot be inspected counts as usable. */
export function isUsable(login: StoredLogin, now: number): boolean {
  if (login.kind === 'none') return false;
  return login.kind !== 'token' || login.expiresAt === undefined || login.expiresAt > now;
}

function loginWords(login: StoredLogin, now: number): string {
  switch (login.kind) {
    case 'none':
      return 'Docker is not logged in';
    case 'helper':
      return 'Docker gets a new login for every pull';
    case 'elsewhere':
      return `docker-credential-${login.helper} stores the login`;
    case 'token': {
      if (login.expiresAt === undefined) return 'Docker is logged in; the expiry is unknown';
      const minutes = Math.round((login.expiresAt - now) / 60_000);
      return minutes > 0
        ? `The login expires in ${inHours(minutes)}`
        : `The login expired ${inHours(-minutes)} ago`;
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
