import { applyEdits, modify } from 'jsonc-parser';
import { UserError } from '../errors.ts';
import { parseJson } from './json-document.ts';

/** Behind `docker-credential-`, as Docker's config names a helper. */
export const helperName = 'proto-scaffold';

/**
 * Docker's config.json with our helper for one registry (docker/cli, "credHelpers"), and without a stored
 * login for it, so that no token lies on the disk. All else keeps its bytes.
 * @param text the present file, `undefined` where there is none
 * @throws UserError DOCKER_CONFIG_INVALID
 */
export function withHelper(text: string | undefined, registry: string, file: string): string {
  const present = text === undefined || text.trim() === '' ? '{}\n' : text;
  const parsed = parseJson(present, file);
  if (!parsed.ok) {
    const message = `Docker's configuration ${file} is not valid JSON.`;
    throw new UserError('DOCKER_CONFIG_INVALID', message, { faults: [parsed.fault] });
  }
  const indent = /^([ \t]+)"/m.exec(present)?.[1] ?? '\t';
  const formattingOptions = {
    insertSpaces: indent[0] === ' ',
    tabSize: indent[0] === ' ' ? indent.length : 4,
    eol: present.includes('\r\n') ? '\r\n' : '\n',
  };
  const set = (json: string, path: string[], value: unknown) =>
    applyEdits(json, modify(json, path, value, { formattingOptions }));
  const auths = (parsed.document.data as { auths?: Record<string, unknown> } | null)?.auths ?? {};
  const stored = Object.keys(auths).filter((server) => hostOf(server) === registry);
  const withoutLogin = stored.reduce(
    (json, server) => set(json, ['auths', server], undefined),
    present,
  );
  return set(withoutLogin, ['credHelpers', registry], helperName);
}

/** The registry's host in what Docker hands a helper: `https://host/v2/`, `host` and so on. */
export function hostOf(server: string): string {
  return server
    .trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '');
}
