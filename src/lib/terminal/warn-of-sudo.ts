import type { Context } from '../../context.ts';

/** sudo uses root's home: Docker's login and the files belong to root, and the calling user has neither. */
export function warnOfSudo({
  root,
  env,
  reporter,
}: Pick<Context, 'root' | 'env' | 'reporter'>): void {
  const user = env.SUDO_USER;
  if (!root || !user || user === 'root') return;
  reporter.notice(
    `Running with sudo: the files and Docker's login belong to root, not to ${user}. Use \`sudo docker compose\`, too, or run proto-scaffold without sudo as a user in the docker group.`,
  );
}
