import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanConfigInput } from '../../src/config/parameters.ts';
import { type ConfigPlan, planAdd, planSet, planUnset } from '../../src/config/plan-config.ts';
import { UserError } from '../../src/errors.ts';
import {
  afterEdits,
  chatbot,
  configInput,
  msgrouter,
  parameterOf,
  platform,
} from '../support/config-input.ts';
import { edited, installed } from '../support/releases.ts';

const fresh = installed('2026.11.0');
const source = configInput(fresh);
const password = 'backend/secrets/postgres_password';

function set(
  input: PlanConfigInput,
  key: string,
  value: Parameters<typeof planSet>[3],
): ConfigPlan {
  const parameter = parameterOf(input, key);
  return planSet(input, parameter, parameter.places, value);
}

function unset(input: PlanConfigInput, key: string): ConfigPlan {
  const parameter = parameterOf(input, key);
  return planUnset(input, parameter, parameter.places);
}

const texts = ({ plan }: ConfigPlan) =>
  new Map(plan.files.map(({ path, content }) => [path, content.reveal()]));

/** The installation as the plan leaves it. */
function leftBy(input: PlanConfigInput, computed: ConfigPlan): PlanConfigInput {
  return { ...input, current: new Map([...input.current, ...texts(computed)]) };
}

describe('config set', () => {
  it('sets a key in every file that has it, and touches no other byte', () => {
    const computed = set(source, 'openai.api_key', 'sk-1');
    expect(computed.changes.map(({ file, kind }) => [file, kind])).toEqual([
      [platform, 'set'],
      [chatbot, 'set'],
    ]);
    expect(computed.restart).toEqual(['platform', 'chatbot']);
    for (const [path, text] of texts(computed)) {
      const before = source.current.get(path) ?? '';
      expect(text).toBe(before.replace('"{YOUR_OPENAI_API_KEY}"', '"sk-1"'));
    }
  });

  it('reads back, for any text, and leaves all comments and other keys as they were', () => {
    const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed());
    const messy = afterEdits([
      [platform, '[sendgrid]', '[sendgrid] # mail\r\n'],
      [
        platform,
        'api_key = "{YOUR_SENDGRID_API_KEY}"',
        "  api_key\t= '''{YOUR_\n''' # ours, \"quoted\"",
      ],
    ]);
    const { literal } = parameterOf(messy, 'sendgrid.api_key').places[0]?.current ?? {};
    const [before, behind] = messy.current.get(platform)?.split(literal ?? '') ?? [];
    fc.assert(
      fc.property(text, (value) => {
        const computed = set(messy, 'sendgrid.api_key', value);
        const written = texts(computed).get(platform) ?? messy.current.get(platform) ?? '';
        expect(written.startsWith(before ?? '') && written.endsWith(behind ?? '')).toBe(true);
        const { places } = parameterOf(leftBy(messy, computed), 'sendgrid.api_key');
        expect(places.map(({ current }) => current?.value)).toEqual([value]);
      }),
      { numRuns: 50 },
    );
  });

  it('changes nothing where the value is there already, however it is written', () => {
    const mine = afterEdits([[chatbot, 'port = 5432', 'port = 0x1538']]);
    const computed = set(mine, 'database.port', 5432n);
    expect(computed.plan.files).toEqual([]);
    expect(computed.restart).toEqual([]);
    expect(computed.changes.map(({ kind }) => kind)).toEqual(['same', 'same']);
  });

  it('brings files together that differ', () => {
    const mine = afterEdits([[chatbot, 'port = 5432', 'port = 5433']]);
    const computed = set(mine, 'database.port', 5433n);
    expect(computed.changes.map(({ file, kind }) => [file, kind])).toEqual([
      [platform, 'set'],
      [chatbot, 'same'],
    ]);
    expect([...parameterOf(leftBy(mine, computed), 'database.port').states]).toEqual(['changed']);
  });

  it('puts a key back that was taken out', () => {
    const mine = afterEdits([[platform, /access_token_expire_minutes = 3600\n/, '']]);
    const computed = set(mine, 'api.access_token_expire_minutes', 60n);
    expect(computed.changes).toEqual([{ file: platform, kind: 'added' }]);
    const { places } = parameterOf(leftBy(mine, computed), 'api.access_token_expire_minutes');
    expect(places.map(({ current }) => current?.value)).toEqual([60n]);
  });

  it('tells what is mandatory now and unset', () => {
    expect(set(source, 'openai.provider', 'azure').nowMissing.map(({ key }) => key)).toEqual([
      'azure_openai.endpoint',
      'azure_openai.deployment',
      'azure_openai.api_key',
    ]);
    expect(set(source, 'openai.api_key', 'sk-1').nowMissing).toEqual([]);
  });

  it("changes the database's password file along with the configuration", () => {
    const computed = set(source, 'database.password', 'a"b\\c');
    expect(computed.changes.map(({ file }) => file)).toEqual([platform, chatbot, password]);
    const template = source.templates.files.get(password) ?? '';
    expect(texts(computed).get(password)).toBe(
      template.replace('{YOUR_RANDOM_SECRET_KEY_3}', 'a"b\\c'),
    );
  });

  it.each(['a\nb', 'a\r', 'a\0b'])(
    "refuses %j for the database's password, which is one line",
    (value) => {
      expect(() => set(source, 'database.password', value)).toThrow(
        `database.password must be a single line, because it is also in ${password}.`,
      );
    },
  );

  it('tells where the value before is still a part of others', () => {
    const named = configInput(installed('2026.11.0', { YOUR_URL: 'chat.example-bank.com' }));
    const moved = set(named, 'app.base_url', 'https://new.example-bank.com');
    expect(moved.leftBehind).toEqual([
      'app.base_api_url',
      'cors.allow_origins',
      'api.frontend_url',
    ]);
    const more = set(named, 'cors.allow_origins', [
      'https://chat.example-bank.com',
      'https://www.example-bank.com',
    ]);
    expect(more.leftBehind).toEqual([]);
    expect(set(named, 'database.port', 1n).leftBehind).toEqual([]);
  });

  it("leaves the database's password file alone where one service's file is meant, or it is gone", () => {
    const parameter = parameterOf(source, 'database.password');
    const one = planSet(source, parameter, parameter.places.slice(0, 1), 'x');
    expect(one.plan.files.map(({ path }) => path)).toEqual([platform]);
    const gone = configInput(edited(fresh, password, () => undefined));
    expect(set(gone, 'database.password', 'x').plan.files.map(({ path }) => path)).toEqual([
      platform,
      chatbot,
    ]);
  });
});

describe('config set --add', () => {
  it('puts a new key at the end of its table', () => {
    const computed = planAdd(source, msgrouter, ['app', 'log', 'level'], 'debug');
    const before = source.current.get(msgrouter) ?? '';
    const written = texts(computed).get(msgrouter) ?? '';
    expect(written).toContain('level = "debug"');
    expect(before.split('\n').filter((line) => !written.includes(line))).toEqual([]);
    expect([...parameterOf(leftBy(source, computed), 'app.log.level').states]).toEqual(['own']);
  });

  it('refuses a place that a value or a table has', () => {
    for (const names of [['app'], ['app', 'base_url', 'x']]) {
      expect(() => planAdd(source, msgrouter, names, 'x')).toThrow(UserError);
    }
  });
});

describe('config unset', () => {
  it('takes a change back, to the byte', () => {
    const mine = afterEdits([
      [platform, 'port = 5432', 'port = 5433'],
      [platform, `['https://{YOUR_URL}']`, '["https://a.example"]'],
      [platform, '"{YOUR_SENDGRID_API_KEY}"', '"SG.1"'],
    ]);
    const back = ['database.port', 'cors.allow_origins', 'sendgrid.api_key'].reduce(
      (input, key) => leftBy(input, unset(input, key)),
      mine,
    );
    expect(back.current).toEqual(source.current);
  });

  it('says that a mandatory value is missing then', () => {
    const mine = afterEdits([[platform, '"{YOUR_SENDGRID_API_KEY}"', '"SG.1"']]);
    expect(unset(mine, 'sendgrid.api_key').nowMissing.map(({ key }) => key)).toEqual([
      'sendgrid.api_key',
    ]);
  });

  it("removes a key of the operator's own, and puts one back that he took out", () => {
    const mine = afterEdits([
      [platform, '[database]', '[database]\n# Ours.\nmine = 1'],
      [platform, /access_token_expire_minutes = 3600\n/, ''],
    ]);
    const removed = unset(mine, 'database.mine');
    expect(removed.changes).toEqual([
      { file: platform, kind: 'removed', line: expect.any(Number) },
    ]);
    expect(texts(removed).get(platform)).not.toMatch(/mine|Ours/);
    const restored = unset(mine, 'api.access_token_expire_minutes');
    expect(restored.changes).toEqual([{ file: platform, kind: 'restored' }]);
    expect(texts(restored).get(platform)).toContain('\naccess_token_expire_minutes = 3600\n');
  });

  it('gives the secret back that was made at init, to the password file too', () => {
    const mine = leftBy(source, set(source, 'database.password', 'x'));
    const computed = unset(mine, 'database.password');
    expect(computed.changes.map(({ kind }) => kind)).toEqual(['restored', 'restored', 'restored']);
    expect(leftBy(mine, computed).current).toEqual(source.current);
  });

  it('changes nothing where nothing was changed', () => {
    expect(unset(source, 'database.port').plan.files).toEqual([]);
  });
});
