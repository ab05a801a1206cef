import type { Context } from '../../context.ts';

/** sudo gives root's own home: Docker's login and the files are root's, and the user behind it has neither. */
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
