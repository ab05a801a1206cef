import { describe, expect, it } from 'vitest';
import {
  chosenParameters,
  parameterData,
  parameterLines,
} from '../../src/config/list-parameters.ts';
import { readConfig } from '../../src/config/parameters.ts';
import { afterEdits, chatbot, parameterOf, platform } from '../support/config-input.ts';

const canary = 'canary-4711';
const source = afterEdits(
  [
    [platform, '"{YOUR_SENDGRID_API_KEY}"', `"${canary}"`],
    [platform, 'port = 5432', 'port = 5433'],
    [platform, '= 3600', '= 60'],
    [platform, /api_version = .*\n/, ''],
    [chatbot, /api_version = .*\n/, ''],
    [platform, '[database]', `[smtp]\npassword = "${canary}"\nnote = "a\\u001b[2Jb"\n[database]`],
    [chatbot, /^password = .*$/m, `password = "${canary}"`],
  ],
  { YOUR_URL: 'chat.example-bank.com', YOUR_OPENAI_API_KEY: canary },
);
const { parameters } = readConfig(source);
const list = (choice: Partial<Parameters<typeof chosenParameters>[1]>) =>
  parameterLines(chosenParameters(parameters, { unset: false, changed: false, ...choice }));

describe('config list', () => {
  it('shows what is not as the release has it, files that differ line by line', () => {
    expect(list({ changed: true }).join('\n')).toBe(
      [
        'sendgrid.api_key                 ••••••         set by you',
        '',
        'azure_openai.api_version                        removed by you',
        '',
        'api.access_token_expire_minutes  60             changed by you (release: 3600)',
        '',
        'database.port                                   differs between files, changed by you (release: 5432)',
        '    backend/config/platform.toml:78  5433',
        '    backend/config/chatbot.toml:47   5432',
        'database.password                               differs between files, set, changed by you',
        '    backend/config/platform.toml:88  ••••••',
        '    backend/config/chatbot.toml:57   ••••••',
        '',
        'smtp.password                    ••••••         set, your own key',
        'smtp.note                        "a\\u001B[2Jb"  your own key',
      ].join('\n'),
    );
  });

  it('shows what is still to be set, without what has no part', () => {
    expect(list({ unset: true }).join('\n')).toBe(
      [
        'sendgrid.from_domain        not set  mandatory',
        'sendgrid.inbound_parse_key  not set  mandatory',
      ].join('\n'),
    );
  });

  it('has a line for every parameter, and says when it has a part', () => {
    const lines = list({});
    for (const { key } of parameters) {
      expect(lines.filter((line) => line.split(' ')[0] === key)).toHaveLength(1);
    }
    expect(lines.find((line) => line.startsWith('azure_openai.api_key'))).toMatch(
      / not set +only with openai\.provider = "azure"$/,
    );
  });

  it('never shows a secret or a control character', () => {
    const json = JSON.stringify(parameters.map(parameterData));
    expect(json).not.toContain(canary);
    expect(list({}).join('\n')).not.toContain(canary);
    expect(list({}).join('\n')).not.toContain('\u001b');
  });

  it('gives JSON of a parameter', () => {
    expect(parameterData(parameterOf(source, 'database.port'))).toEqual({
      key: 'database.port',
      states: ['differs', 'changed'],
      type: 'integer',
      secret: false,
      generated: false,
      mandatory: false,
      onlyWith: [],
      comment: 'Port of the PostgreSQL server.\nOptional. Example: 5432',
      files: [
        { file: platform, line: 78, set: true, value: 5433, release: 5432 },
        { file: chatbot, line: 47, set: true, value: 5432, release: 5432 },
      ],
    });
    expect(parameterData(parameterOf(source, 'sendgrid.api_key'))).toMatchObject({
      secret: true,
      files: [{ file: platform, line: expect.any(Number), set: true }],
    });
  });
});
