import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import exampleCredentials from '../../../proto_credentials.example.json' with { type: 'json' };
import { parseComposeConfig } from '../../../src/compose/compose-config.ts';
import { parseComposeModel, parseContainers } from '../../../src/compose/docker-answers.ts';
import { mergeFile } from '../../../src/compose/merge-file.ts';
import { unknownServices } from '../../../src/compose/override.ts';
import { acceptValue } from '../../../src/config/accept-value.ts';
import { readConfig } from '../../../src/config/parameters.ts';
import { type ErrorCode, errorTable, UserError } from '../../../src/errors.ts';
import { parseCredentials } from '../../../src/registry/credentials.ts';
import { mustBeDockerConfig, withHelper } from '../../../src/registry/docker-config.ts';
import { Reporter } from '../../../src/reporter.ts';
import { parseToml } from '../../../src/toml/parse-toml.ts';
import { parseValues } from '../../../src/values/values.ts';
import { canary, canaryKey, leaksIn } from '../../support/canaries.ts';
import { configInput, parameterOf, platform } from '../../support/config-input.ts';
import { containerAnswer } from '../../support/docker-stand-in.ts';
import { installed } from '../../support/releases.ts';
import { shareOf, timeout } from '../support/runs.ts';
import { damaged, hostileJson } from './hostile.ts';
import { tomlPieces } from './texts.ts';

/** No error tells a secret: neither one of a text that could not be read, nor one that the reporter knows. */

const secret = canary('secret');
const key = canaryKey('key');
const whole = installed('2026.11.0', { YOUR_URL: 'chat.example-bank.com' });
const input = configInput(whole);
const { release } = input.templates;
const toml = (whole.current.get(platform) ?? '').replace(
  /^api_key = .*$/m,
  `api_key = ${JSON.stringify(secret)}`,
);
const compose = `services:\n  platform:\n    environment:\n      KEY: ${JSON.stringify(secret)}\n`;
const credentials = {
  ...exampleCredentials,
  aws: { ...exampleCredentials.aws, secret_access_key: key, session_token: key },
};
const model = { name: 'p', services: { a: { image: 'x', environment: { KEY: secret } } } };
const container = { ...containerAnswer('a'), Config: { Env: [`KEY=${secret}`] } };
const provider = parameterOf(input, 'openai.provider');

/** All that an error could ever show, its cause with --verbose. */
function wordsOf(error: UserError): string {
  const { message, hint, faults, evidence, cause } = error;
  return [message, hint, JSON.stringify(faults), ...evidence, String(cause ?? '')].join('\n');
}

const readers: [name: string, texts: fc.Arbitrary<string>, read: (text: string) => unknown][] = [
  ['credentials', hostileJson(credentials), (text) => parseCredentials(text, 'c.json')],
  [
    'values in JSON',
    hostileJson({ url: 'x', openai_api_key: secret }),
    (text) => parseValues(text, 'v.json', release),
  ],
  [
    'values in TOML',
    damaged(`url = "x"\nopenai_api_key = ${JSON.stringify(secret)}\n`, tomlPieces),
    (text) => parseValues(text, 'v.toml', release),
  ],
  [
    'configuration',
    damaged(toml, tomlPieces),
    (text) => {
      const parsed = parseToml(text);
      const current = new Map([...input.current, [platform, text]]);
      const { faults } = readConfig({ ...input, current });
      return [parsed.ok ? '' : parsed.fault.message, JSON.stringify(faults)];
    },
  ],
  [
    'a value',
    damaged(JSON.stringify(secret), ['"', '[', "'"]),
    (text) => {
      acceptValue(text, provider, true);
    },
  ],
  [
    'an override',
    damaged(compose, ['{', '}', '"', '&a ', ': ']),
    (text) => JSON.stringify(unknownServices(text, compose).strange),
  ],
  [
    'a merge of TOML',
    damaged(toml, tomlPieces),
    (text) => {
      const files = { path: platform, base: toml, current: text, incoming: `${toml}a = 1\n` };
      const merged = mergeFile(files, release, 'ours');
      return merged.note ?? '';
    },
  ],
  ["Docker's answers", hostileJson([container]), (text) => void parseContainers(text)],
  [
    "Compose's answers",
    hostileJson(model),
    (text) => {
      parseComposeModel(text);
      parseComposeConfig(text);
    },
  ],
  [
    "Docker's configuration",
    hostileJson({ auths: { x: { auth: secret } } }),
    (text) => {
      mustBeDockerConfig(text, 'config.json');
      withHelper(text, 'x', 'config.json');
    },
  ],
];

describe('a text that cannot be read', () => {
  it.each(readers)(
    'of %s shows no secret of it',
    (_name, texts, read) => {
      const check = fc.property(texts, (text) => {
        let told = '';
        try {
          told = String(read(text) ?? '');
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          told = wordsOf(error);
        }
        expect(leaksIn(told, [secret, key])).toEqual([]);
      });
      fc.assert(check, { numRuns: 20 + shareOf(20), interruptAfterTimeLimit: timeout });
    },
    timeout,
  );
});

describe('every error of the table', () => {
  const codes = Object.keys(errorTable) as ErrorCode[];
  const escaped = JSON.stringify(secret).slice(1, -1);
  const encoded = ['', 'a', 'ab'].flatMap((before) =>
    (['base64', 'base64url'] as const).map((form) =>
      Buffer.from(`${before}${secret}:after`).toString(form),
    ),
  );
  const twice = JSON.stringify(escaped).slice(1, -1);
  const printed = [secret, escaped, twice, encodeURIComponent(secret), ...encoded];
  const piece = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...printed) },
    { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom('\n', '\\', '"', '%', '\u001b[2J', 'canary-', ' ') },
  );
  const text = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));

  it(
    'has known secrets struck out, wherever in it they are',
    () => {
      const check = fc.property(
        fc.constantFrom(...codes),
        fc.array(text, { minLength: 6, maxLength: 6 }),
        fc.boolean(),
        (
          code,
          [message = '', hint = '', file = '', fault = '', evidence = '', cause = ''],
          json,
        ) => {
          let said = '';
          const say = (words: string) => {
            said += words;
          };
          const flags = { json, quiet: false, verbose: true, live: false, version: '1' };
          const reporter = new Reporter({ ...flags, stdout: say, stderr: say });
          reporter.begin('update');
          reporter.protect(secret);
          reporter.notice(hint);
          const faults = [{ file, key: evidence, message: fault }];
          const about = { hint, faults, evidence: [evidence], cause: new Error(cause) };
          expect(reporter.failure(new UserError(code, message, about))).toBeGreaterThan(1);
          expect(leaksIn(said, [secret])).toEqual([]);
        },
      );
      fc.assert(check, { numRuns: codes.length * 2 + shareOf(20) });
    },
    timeout,
  );
});
