import { describe, expect, it } from 'vitest';
import {
  placesIn,
  readKey,
  refuseUnreadable,
  requireParameter,
} from '../../src/config/find-parameter.ts';
import { readConfig } from '../../src/config/parameters.ts';
import { UserError } from '../../src/errors.ts';
import {
  afterEdits,
  chatbot,
  configInput,
  parameterOf,
  platform,
} from '../support/config-input.ts';
import { installed } from '../support/releases.ts';

const source = configInput(installed('2026.11.0'));
const config = readConfig(source);

function refusal(attempt: () => unknown): UserError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('the name of a parameter', () => {
  it.each([
    ['openai.provder', 'openai.provider'],
    ['provider', 'openai.provider'],
    ['OPENAI.PROVIDER', 'openai.provider'],
    ['database.prot', 'database.port'],
  ])('%s is unknown, with the nearest known one', (typed, near) => {
    const { code, message } = refusal(() => requireParameter(config, readKey(typed)));
    expect(code).toBe('CONFIG_KEY_UNKNOWN');
    expect(message).toBe(`Unknown parameter. The closest match is ${near}.`);
  });

  it('may be that of a table, which tells what is in it', () => {
    const { message } = refusal(() => requireParameter(config, ['openai']));
    expect(message).toBe('openai is a table with the keys openai.provider, openai.api_key.');
  });

  it.each(['sendgrid.api_key=SG.canary', 'SG.canary/x', ''])(
    '%j is none, and not repeated',
    (typed) => {
      const error = refusal(() => readKey(typed));
      expect(error.code).toBe('CONFIG_KEY_UNKNOWN');
      expect(`${error.message}${error.hint}`).not.toContain('canary');
    },
  );

  it('finds an element of an array of tables by name and by index', () => {
    const mine = readConfig(
      afterEdits([[platform, '[database]', '[[hooks]]\nname = "crm"\nurl = "u"\n[database]']]),
    );
    for (const names of [
      ['hooks', 'crm', 'url'],
      ['hooks', '0', 'url'],
    ]) {
      expect(requireParameter(mine, names).key).toBe('hooks.crm.url');
    }
  });
});

describe('--file', () => {
  it.each(['chatbot.toml', 'config/chatbot.toml', `./${chatbot}`])('%s names one file', (named) => {
    const places = placesIn(parameterOf(config, 'openai.provider'), named);
    expect(places.map(({ file }) => file)).toEqual([chatbot]);
  });

  it.each(['bot.toml', '', 'bucket.toml'])('%j has no such key', (named) => {
    const { code, message } = refusal(() =>
      placesIn(parameterOf(config, 'openai.provider'), named),
    );
    expect(code).toBe('CONFIG_KEY_UNKNOWN');
    expect(message).toBe(`openai.provider is in ${platform}, ${chatbot}, not in that file.`);
  });
});

it('a file that cannot be read stops what concerns it, and nothing else', () => {
  const broken = readConfig(afterEdits([[chatbot, 'provider = ', 'provider ']]));
  const { places } = parameterOf(broken, 'openai.provider');
  expect(refusal(() => refuseUnreadable(places))).toMatchObject({
    code: 'CONFIG_UNREADABLE',
    faults: [{ file: chatbot }],
  });
  refuseUnreadable(placesIn(parameterOf(broken, 'openai.provider'), 'platform.toml'));
  refuseUnreadable(parameterOf(broken, 'sendgrid.api_key').places);
});
