import { describe, expect, it } from 'vitest';
import type { PlanConfigInput } from '../../src/config/parameters.ts';
import { readConfig } from '../../src/config/parameters.ts';
import {
  planRotate,
  requireRotated,
  rotatedSecrets,
  withKeptSecrets,
} from '../../src/config/rotation.ts';
import { askHash, readHash, setHash } from '../../src/data/restore-sql.ts';
import { UserError } from '../../src/errors.ts';
import { afterEdits, chatbot, configInput, msgrouter, platform } from '../support/config-input.ts';
import { installed } from '../support/releases.ts';

const onPremise = configInput(installed('2026.11.0'));
const hybrid = configInput(installed('2026.11.0', {}, 'hybrid'));
const password = 'backend/secrets/postgres_password';
const bucket = 'backend/config/bucket.toml';

/** The files that a rotation changes, with their texts after it. */
function rotated(input: PlanConfigInput, name: string, value = 'new-one'): Map<string, string> {
  const { plan } = planRotate(input, requireRotated(input, readConfig(input), name), value);
  return new Map(plan.files.map(({ path, content }) => [path, content.reveal()]));
}

function refusal(name: string, input = onPremise): string {
  try {
    requireRotated(input, readConfig(input), name);
    return 'taken';
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
}

describe('what can be rotated', () => {
  it.each([
    ['on-premise', onPremise, 5],
    ['hybrid', hybrid, 3],
  ])('is every random value of %s hosting, each with what it means', (_, input, count) => {
    const secrets = rotatedSecrets(input, readConfig(input));
    expect(secrets).toHaveLength(count);
    for (const { description } of secrets) expect(description.rotation?.means).toMatch(/\.$/);
    // A value that stands in a file of its own is read once, at the first start of whoever reads it.
    for (const { files, description } of secrets) {
      expect(description.rotation?.kept_by).toBe(files.length > 0 ? 'database' : undefined);
    }
  });

  it('is named by any of its keys, or by its file', () => {
    expect(refusal('api.secret_key')).toBe('taken');
    expect(refusal('postgres_password')).toBe('taken');
    expect(refusal(password)).toBe('taken');
    expect(refusal('postgres_password', hybrid)).toBe('taken');
  });

  it.each([
    ['sendgrid.api_key', 'CONFIG_NOT_GENERATED'],
    ['database.port', 'CONFIG_NOT_GENERATED'],
    ['api.secretkey', 'CONFIG_KEY_UNKNOWN'],
    ['api', 'CONFIG_KEY_UNKNOWN'],
    ['a b', 'CONFIG_KEY_UNKNOWN'],
    ['assword', 'CONFIG_KEY_UNKNOWN'],
  ])('is nothing else: %s', (name, code) => expect(refusal(name)).toBe(code));

  it('is nothing that stands in a file that cannot be read', () => {
    const broken = afterEdits([[chatbot, 'provider = ', 'provider ']]);
    expect(refusal('database.password', broken)).toBe('CONFIG_UNREADABLE');
    expect(refusal('api.session_middleware_secret_key', broken)).toBe('taken');
  });
});

describe('a rotation', () => {
  it.each([
    ['api.session_middleware_secret_key', [platform]],
    ['api.secret_key', [platform, chatbot, msgrouter]],
    ['database.password', [platform, chatbot, password]],
    ['bucket.access_key', [platform, chatbot, bucket]],
    ['bucket.secret_key', [platform, chatbot, bucket]],
  ])('of %s changes it in all of its files, and nothing else', (name, files) => {
    const after = rotated(onPremise, name);
    expect([...after.keys()].sort()).toEqual([...files].sort());
    const { placeholder } = requireRotated(onPremise, readConfig(onPremise), name);
    const number = placeholder.at(-1);
    for (const [path, text] of after) {
      const before = onPremise.current.get(path) ?? '';
      expect(before).toContain(`random-of-2026.11.0-${number}`);
      expect(text).toBe(before.replaceAll(`random-of-2026.11.0-${number}`, 'new-one'));
    }
  });

  it('brings together what differs, keeps comments, and leaves out what was taken out', () => {
    const input = afterEdits([
      [platform, /password = ".*"/, 'password = "other" # ours'],
      [chatbot, /password = ".*"\n/, ''],
    ]);
    const after = rotated(input, 'database.password');
    expect([...after.keys()]).toEqual([platform, password]);
    expect(after.get(platform)).toContain('password = "new-one" # ours');
  });
});

describe('a state of before', () => {
  it('keeps the password that the database has now, and no other secret', () => {
    const now = new Map(onPremise.current);
    for (const name of ['database.password', 'api.secret_key']) {
      for (const [path, text] of rotated({ ...onPremise, current: now }, name)) now.set(path, text);
    }
    const kept = withKeptSecrets(onPremise, readConfig(onPremise), now);
    expect([...kept.keys()].sort()).toEqual([chatbot, platform, password].sort());
    expect(kept).toEqual(rotated(onPremise, 'database.password'));
    expect(withKeptSecrets(onPremise, readConfig(onPremise), onPremise.current).size).toBe(0);
  });
});

describe('SQL for a password', () => {
  it('quotes what it is given', () => {
    expect(setHash('o"x', "a'b")).toContain(`\nALTER ROLE "o""x" PASSWORD 'a''b';\n`);
    expect(setHash('me', '')).toContain('\nALTER ROLE "me" PASSWORD NULL;\n');
    expect(askHash("o'x")).toContain("rolname = 'o''x'");
  });

  it('tells no password from no user', () => {
    expect(readHash('hash:\n')).toBe('');
    expect(readHash('hash:SCRAM-SHA-256$1')).toBe('SCRAM-SHA-256$1');
    expect(readHash('')).toBeUndefined();
  });
});

describe('a generated secret within a longer text', () => {
  const name = 'backend/config/platform.toml';
  const placeholder = '{YOUR_RANDOM_SECRET_KEY_3}';
  const url = (word: string, more = '') => `postgres://me:${word}@db/x${more}`;
  const key = (text: string) => `[own]\nurl = "${text}"\n`;

  /** With a key of that form in the template, and these texts in the operator's file. */
  function withUrl(current: string): PlanConfigInput {
    const { templates, base, current: files, ...rest } = onPremise;
    const put = (from: ReadonlyMap<string, string>, text: string) =>
      new Map([...from, [name, `${from.get(name)}\n${key(text)}`]]);
    const set = { ...templates, files: put(templates.files, url(placeholder)) };
    return { ...rest, templates: set, base: put(base, url('old')), current: put(files, current) };
  }

  it('is replaced within it, and nothing else of it', () => {
    expect(rotated(withUrl(url('old')), 'database.password').get(name)).toContain(
      key(url('new-one')),
    );
    expect(rotated(withUrl(url('')), 'database.password').get(name)).toContain(key(url('new-one')));
  });

  it.each([
    ['another server', 'postgres://me:old@other/x'],
    ['another beginning', 'socket://me:old@db/x'],
    ['something more', url('old', '?ssl=on')],
    ['half of it', 'postgres://me:'],
  ])('is left alone where the operator has %s', (_, text) => {
    expect(rotated(withUrl(text), 'database.password').get(name)).toContain(key(text));
  });

  it('is left alone where it is a number now', () => {
    const input = withUrl(url('old'));
    const text = input.current.get(name)?.replace(`"${url('old')}"`, '12');
    const current = new Map([...input.current, [name, text ?? '']]);
    expect(rotated({ ...input, current }, 'database.password').get(name)).toContain('url = 12\n');
  });
});

it('a file of a secret that the operator deleted is not made again by a rotation', () => {
  const current = new Map(onPremise.current);
  current.delete(password);
  const files = rotated({ ...onPremise, current }, 'database.password');
  expect([...files.keys()]).not.toContain(password);
  expect(files.size).toBeGreaterThan(0);
});
