import type { Command } from './docker.ts';

/** Tests all of nginx's configuration; as root. */
export function nginxTest(): Command {
  return { program: 'nginx', args: ['-t', '-q'] };
}

export function nginxReload(): Command {
  return { program: 'nginx', args: ['-s', 'reload'] };
}
