import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/parameters.ts';
import { isSecret } from '../../src/values/secret-texts.ts';
import {
  afterEdits,
  chatbot,
  configInput,
  parameterOf,
  platform,
} from '../support/config-input.ts';
import { edited, installed } from '../support/releases.ts';

const fresh = installed('2026.11.0');
const states = (source: ReturnType<typeof afterEdits>, key: string) => [
  ...parameterOf(source, key).states,
];

describe('the table of parameters', () => {
  it('has every key of every file once, those of one table together', () => {
    const { parameters, faults } = readConfig(configInput(fresh));
    const keys = parameters.map(({ key }) => key);
    expect(faults).toEqual([]);
    expect(new Set(keys).size).toBe(keys.length);
    const sections = keys.map((key) => key.split('.')[0]);
    expect(sections.filter((name, index) => name !== sections[index - 1])).toEqual([
      'app',
      'cors',
      'sendgrid',
      'openai',
      'azure_openai',
      'api',
      'database',
      'bucket',
    ]);
    expect(parameterOf({ parameters, faults }, 'api.secret_key').places.map((p) => p.file)).toEqual(
      [platform, chatbot, 'backend/config/msgrouter_ws.toml'],
    );
  });

  it('takes secrets, choices and conditions from the release', () => {
    const source = configInput(fresh);
    expect(parameterOf(source, 'sendgrid.api_key')).toMatchObject({
      secret: true,
      generated: false,
      mandatory: true,
      onlyWith: [],
    });
    expect(parameterOf(source, 'azure_openai.endpoint')).toMatchObject({
      secret: false,
      mandatory: true,
      onlyWith: [{ key: 'openai.provider', value: 'azure' }],
    });
    expect(parameterOf(source, 'database.password')).toMatchObject({
      secret: true,
      generated: true,
    });
    expect(parameterOf(source, 'database.password').comment.join(' ')).toContain('ALTER USER');
    expect(parameterOf(source, 'api.access_token_expire_minutes').secret).toBe(false);
  });

  it('decides conditions by what the files say now', () => {
    const source = afterEdits([[platform, 'provider = "openai"', 'provider = "azure"']]);
    const both = afterEdits([
      [platform, 'provider = "openai"', 'provider = "azure"'],
      [chatbot, 'provider = "openai"', 'provider = "azure"'],
    ]);
    expect(parameterOf(source, 'openai.provider').states).toContain('differs');
    expect(parameterOf(both, 'azure_openai.endpoint').onlyWith).toEqual([]);
    expect(parameterOf(both, 'openai.api_key').onlyWith).toEqual([
      { key: 'openai.provider', value: 'openai' },
    ]);
  });

  it('says of each what became of it', () => {
    const source = afterEdits([
      [platform, '"{YOUR_SENDGRID_API_KEY}"', '"SG.1"'],
      [platform, 'port = 5432', 'port = 5433'],
      [platform, 'algorithm = "HS256"', 'algorithm = "HS512"'],
      [chatbot, 'algorithm = "HS256"', 'algorithm = "HS512"'],
      ['backend/config/msgrouter_ws.toml', 'algorithm = "HS256"', 'algorithm = "HS512"'],
      [platform, /access_token_expire_minutes = 3600\n/, ''],
      [platform, '[database]', '[mine]\nkey = 1\n\n[database]'],
      [chatbot, 'name = "platform"', "name = 'platform'"],
    ]);
    expect(states(source, 'sendgrid.api_key')).toEqual(['changed']);
    expect(states(source, 'sendgrid.from_domain')).toEqual(['unset']);
    expect(states(source, 'database.port')).toEqual(['differs', 'changed']);
    expect(states(source, 'api.algorithm')).toEqual(['changed']);
    expect(states(source, 'api.access_token_expire_minutes')).toEqual(['removed']);
    expect(states(source, 'mine.key')).toEqual(['own']);
    expect(states(source, 'database.host')).toEqual([]);
    // Written otherwise, and the same.
    expect(states(source, 'database.name')).toEqual([]);
  });

  it('tells the place of a fault, and reads the other files', () => {
    const source = afterEdits([[chatbot, 'provider = ', 'provider ']]);
    const { parameters, faults } = readConfig(source);
    const line = source.current
      .get(chatbot)
      ?.split('\n')
      .findIndex((l) => l.startsWith('provider'));
    expect(faults).toEqual([
      {
        file: chatbot,
        line: (line ?? 0) + 1,
        column: expect.any(Number),
        message: expect.stringMatching(/^is not valid TOML: /),
      },
    ]);
    const provider = parameterOf({ parameters, faults }, 'openai.provider');
    expect(provider.places.map(({ file, fault }) => [file, fault !== undefined])).toEqual([
      [platform, false],
      [chatbot, true],
    ]);
    expect([...provider.states]).toEqual([]);
  });

  it('passes over a file that was deleted, and a copy that was laid beside', () => {
    const gone = edited(fresh, chatbot, () => undefined);
    const current = new Map(gone.current).set('backend/config/platform-old.toml', 'x = 1\n');
    const { parameters, faults } = readConfig(configInput({ ...gone, current }));
    expect(faults).toEqual([{ file: chatbot, message: 'was deleted' }]);
    expect(parameters.some(({ key }) => key === 'x')).toBe(false);
    expect(parameterOf({ parameters, faults }, 'openai.provider').places).toHaveLength(1);
  });

  it('knows a key by the name that it had in the release that is installed', () => {
    const source = configInput(installed('2026.9.0'), '2027.1.0');
    const { parameters } = readConfig(source);
    for (const { key, secret, places } of parameters) {
      const generated = places.some(({ current }) => String(current?.value).includes('random-of-'));
      expect([key, secret]).toEqual([key, secret || generated]);
    }
  });
});

describe('isSecret', () => {
  it.each([
    ['smtp.password', 'x', true],
    ['smtp.pass', 'x', true],
    ['ldap.bind_pwd', 'x', true],
    ['s3.encryption_key', 'x', true],
    ['s3.apikey', 'x', true],
    ['auth.Bearer-Token', 'x', true],
    ['credentials.user', 'x', true],
    ['proxy.url', 'http://user:pass@proxy:3128', true],
    ['proxy.url', 'http://proxy:3128/a:b@c', false],
    ['log.level', 'debug', false],
    ['ui.keyboard', 'x', false],
    ['ui.compass', 'x', false],
  ])('of the key %s with %s, of which the release says nothing, is %s', (key, value, expected) => {
    expect(isSecret(key.split('.'), [value], [])).toBe(expected);
  });

  it('takes a number or a boolean for none, whatever its name', () => {
    expect(isSecret(['token', 'minutes'], [5n, true], [])).toBe(false);
  });
});
