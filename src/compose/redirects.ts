import type { Fault } from '../errors.ts';
import { projectIn } from './compose-text.ts';

/** What would lead `docker compose`, run by hand in backend/, to another Compose project than that of the lock file. */

export interface Surroundings {
  /** The Compose project of the lock file. */
  readonly project: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The content of backend/.env, if there is one. */
  readonly envFile: string | undefined;
  /** The names of the files in backend/. */
  readonly names: readonly string[];
}

/** Compose takes one of these instead of docker-compose.yml (compose-go, `DefaultFileNames`). */
const preferred = ['compose.yaml', 'compose.yml'];

/** Variables that decide which project, files and services Compose uses. It reads the others for its output only. */
const deciding = ['FILE', 'PROJECT_NAME', 'PROFILES', 'ENV_FILES', 'DISABLE_ENV_FILE'].map(
  (name) => `COMPOSE_${name}`,
);

/** Every redirect, with what to do about it. */
export function redirectsOf({ project, env, envFile, names }: Surroundings): Fault[] {
  const leads = (name: string, value = '') =>
    value !== '' && !(name === 'COMPOSE_PROJECT_NAME' && value === project);
  return [
    ...deciding
      .filter((name) => leads(name, env[name]))
      .map((name) => ({
        file: `$${name}`,
        outside: true as const,
        message: `is set in this shell. Run \`unset ${name}\`, and remove it from your profile`,
      })),
    ...[...variablesIn(envFile ?? '')]
      .filter(([name, { value }]) => /FILE$|PROJECT_NAME$/.test(name) && leads(name, value))
      .map(([key, { line }]) => ({ file: 'backend/.env', line, key, message: 'remove this line' })),
    ...preferred
      .filter((name) => names.includes(name))
      .map((name) => ({
        file: `backend/${name}`,
        message: 'Compose reads this file instead of docker-compose.yml. Move it away',
      })),
  ];
}

/** The COMPOSE_ variables in an environment file, by name. */
function variablesIn(text: string): Map<string, { readonly value: string; readonly line: number }> {
  const found = text.split('\n').flatMap((content, index) => {
    const match = /^\s*(?:export\s+)?(COMPOSE_\w+)\s*[=:]\s*["']?([^"'#\n\r]*)/.exec(content);
    if (match === null) return [];
    const [, name = '', value = ''] = match;
    return [[name, { value: value.trim(), line: index + 1 }] as const];
  });
  return new Map(found);
}

/** A Compose file. */
interface ComposeText {
  /** In backend/. */
  readonly name: string;
  readonly text: string;
}

/**
 * The project that the files name themselves: the last one counts (Compose specification, "Merge").
 * @returns `undefined` if none does, or the file cannot be parsed, which Compose reports itself
 */
export function namedProject(
  files: readonly ComposeText[],
): { readonly file: string; readonly project: string } | undefined {
  const named = files.flatMap(({ name, text }) => {
    const project = projectIn(text);
    return project === undefined ? [] : [{ file: `backend/${name}`, project }];
  });
  return named.at(-1);
}
