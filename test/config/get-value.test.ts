import { describe, expect, it } from 'vitest';
import { valueIn } from '../../src/config/find-parameter.ts';
import { UserError } from '../../src/errors.ts';
import { afterEdits, chatbot, parameterOf, platform } from '../support/config-input.ts';

const source = afterEdits(
  [
    [platform, 'port = 5432', 'port = 0x1539'],
    [chatbot, 'port = 5432', 'port = 5433'],
    [chatbot, 'host = "postgres"', 'host = "db"'],
    [platform, /^api_key = "canary"$/m, 'api_key = "canary-2"'],
    [platform, /algorithm = "HS256"\n/, ''],
    [platform, /access_token_expire_minutes = .*\n/, ''],
    [platform, /provider = "openai"/, 'provider = "{YOUR_OPENAI_PROVIDER}"'],
  ],
  { YOUR_OPENAI_API_KEY: 'canary' },
);

function outcomeOf(key: string, reveal = false) {
  const parameter = parameterOf(source, key);
  try {
    return valueIn(parameter, parameter.places, reveal);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, message, faults } = error;
    return { code, message, faults: faults.map(({ file, message }) => `${file}: ${message}`) };
  }
}

describe('the value of a parameter', () => {
  it('is the one that all files have, however it is written', () => {
    expect(outcomeOf('database.port')).toBe(5433n);
    expect(outcomeOf('database.user')).toBe('postgres');
  });

  it('is that of the files that have it', () => {
    expect(outcomeOf('api.algorithm')).toBe('HS256');
  });

  it('is none where files differ, with what each has', () => {
    expect(outcomeOf('database.host')).toEqual({
      code: 'CONFIG_VALUES_DIFFER',
      message: 'database.host does not have the same value in all files.',
      faults: [`${platform}: has "postgres"`, `${chatbot}: has "db"`],
    });
    expect(outcomeOf('openai.provider')).toMatchObject({
      faults: [`${platform}: is not set`, `${chatbot}: has "openai"`],
    });
  });

  it('is hidden where it is a secret, and in what differs', () => {
    expect(outcomeOf('openai.api_key')).toMatchObject({ code: 'CONFIG_SECRET_HIDDEN' });
    const revealed = outcomeOf('openai.api_key', true);
    expect(revealed).toMatchObject({ code: 'CONFIG_VALUES_DIFFER' });
    expect(JSON.stringify(revealed)).not.toContain('canary');
    expect(outcomeOf('database.password', true)).toMatch(/^random-of-/);
  });

  it('is none where it is unset or was taken out', () => {
    expect(outcomeOf('sendgrid.api_key', true)).toMatchObject({
      code: 'CONFIG_VALUE_UNSET',
      message: 'sendgrid.api_key is not set yet.',
    });
    expect(outcomeOf('api.access_token_expire_minutes')).toMatchObject({
      code: 'CONFIG_VALUE_UNSET',
      message: 'api.access_token_expire_minutes was removed from the configuration.',
    });
  });
});
