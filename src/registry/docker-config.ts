import { type Fault, UserError } from '../errors.ts';
import { parseJson, withMember, withoutMember } from '../lib/text/json-document.ts';

/** The part after `docker-credential-`, as in Docker's config. */
export const helperName = 'proto-scaffold';

/**
 * Docker's config.json with our helper for one registry (docker/cli, "credHelpers"), and without a stored
 * login for it, so that no token is on disk. Everything else keeps its bytes.
 * @param text the current file, `undefined` if it does not exist
 * @throws UserError DOCKER_CONFIG_INVALID
 */
export function withHelper(text: string | undefined, registry: string, file: string): string {
  if (text === undefined || text.trim() === '') {
    return `${JSON.stringify({ credHelpers: { [registry]: helperName } }, null, '\t')}\n`;
  }
  const stored = loginsIn(text, file).filter((server) => hostOf(server) === registry);
  const withoutLogin = stored.reduce(
    (json, server) => withoutMember(json, ['auths', server]),
    text,
  );
  return withMember(withoutLogin, ['credHelpers', registry], helperName);
}

/** Whether Docker uses our helper for this registry; false if the text cannot be parsed. */
export function namesHelper(text: string, registry: string): boolean {
  const parsed = parseJson(text, '');
  if (!parsed.ok || !isObject(parsed.document.data)) return false;
  const { credHelpers } = parsed.document.data;
  return isObject(credHelpers) && credHelpers[registry] === helperName;
}

/**
 * Docker itself only warns about a config.json that it cannot read, and then overwrites it.
 * @throws UserError DOCKER_CONFIG_INVALID
 */
export function mustBeDockerConfig(text: string, file: string): void {
  if (text.trim() !== '') loginsIn(text, file);
}

/**
 * What Docker needs in the parts that are read or changed (docker/cli). For Go, null is as good as
 * nothing, everywhere below the document itself.
 */
const members: Readonly<Record<string, { is: (value: unknown) => boolean; what: string }>> = {
  auths: { is: isObject, what: 'must be an object' },
  credHelpers: { is: (value) => typeof value === 'string', what: 'must be a text' },
};

/** The servers with a stored login. */
function loginsIn(text: string, file: string): string[] {
  if (text.startsWith('\ufeff')) {
    const message = 'starts with a byte order mark, which Docker does not accept';
    throw invalid({ file, line: 1, column: 1, message });
  }
  const parsed = parseJson(text, file);
  if (!parsed.ok) throw invalid(parsed.fault);
  const { data, position } = parsed.document;
  if (!isObject(data)) throw invalid({ file, line: 1, message: 'must be an object' });
  for (const [key, { is, what }] of Object.entries(members)) {
    const all = data[key] ?? {};
    if (!isObject(all)) {
      throw invalid({ file, ...position([key]), key, message: 'must be an object' });
    }
    const wrong = Object.keys(all).find((name) => all[name] !== null && !is(all[name]));
    if (wrong === undefined) continue;
    const message = `has the entry ${wrong}, which ${what}`;
    throw invalid({ file, ...position([key, wrong]), key, message });
  }
  return Object.keys(data.auths ?? {});
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(fault: Fault): UserError {
  const message = `Docker's configuration ${fault.file} is invalid.`;
  return new UserError('DOCKER_CONFIG_INVALID', message, { faults: [fault] });
}

/** The registry's host from what Docker passes to a helper: `https://host/v2/`, `host` and so on. */
export function hostOf(server: string): string {
  return server
    .trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '');
}
