import { delimiter, isAbsolute } from 'node:path';
import { ignoredVariable } from './ignored-signals.ts';
import { isUnsafeForChildren } from './runtime-variables.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Compose reads its project, files, profiles and settings from these (docs.docker.com/compose, "Pre-defined environment variables"). */
const redirects = /^COMPOSE_/;
const isOurs = (name: string) => name === ignoredVariable || isUnsafeForChildren(name);

/**
 * The environment of every program that we run: without variables that would redirect it to another installation or weaken
 * it, and without folders in PATH that depend on the current folder, where another user may have put a program.
 */
export function childEnvironment(env: Environment): Environment {
  const kept = Object.entries(env).filter(([name]) => !redirects.test(name) && !isOurs(name));
  return { ...Object.fromEntries(kept), PATH: searchPath(env.PATH).join(delimiter) };
}

/** Debian's folders for programs, for an environment without any. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The folders in which programs are looked for. @param path the PATH; an empty entry is the current folder (execvp(3)) */
export function searchPath(path: string | undefined): readonly string[] {
  const folders = (path ?? '').split(delimiter).filter(isAbsolute);
  return folders.length > 0 ? folders : usualPath.split(delimiter);
}
