import { describe, expect, it } from 'vitest';
import { parseToml } from '../../src/toml/parse-toml.ts';
import { type FormDetails, formedText, isWithin, keyDoubt } from '../../src/values/forms.ts';
import { readTemplateSet } from '../support/template-set.ts';

const result = (text: string, details: FormDetails) => {
  const formed = formedText(text, details);
  return formed.ok ? formed.text : formed;
};

describe('a text of the form', () => {
  it.each([
    ['server', 'postgres', 'postgres'],
    ['server', ' db_1.internal. ', 'db_1.internal.'],
    ['server', '10.1.2.3', '10.1.2.3'],
    ['server', 'fd00::7', 'fd00::7'],
    ['url', ' http://bucket:9000/ ', 'http://bucket:9000'],
    ['url', 'https://[fd00::7]:9000/s3', 'https://[fd00::7]:9000/s3'],
    ['url', 'http://msgrouter_ws:1', 'http://msgrouter_ws:1'],
    ['url', 'HTTPS://me:word@Bucket?a=@b', 'HTTPS://me:word@Bucket?a=@b'],
    ['email', ' ops+proto@example-bank.com', 'ops+proto@example-bank.com'],
    ['port', ' 65535 ', '65535'],
    ['key', 'any "key" \n', 'any "key" \n'],
  ] as const)('%s can be %j', (form, text, formed) => {
    expect(result(text, { form })).toBe(formed);
  });

  it.each([
    ['server', ''],
    ['server', 'postgres; rm -rf /'],
    ['server', 'postgres;rm'],
    ['server', '$(id)'],
    ['server', 'a b'],
    ['server', 'postgres:5432'],
    ['server', 'http://postgres'],
    ['server', 'a..b'],
    ['server', '10.1.2'],
    ['server', '300.1.2.3'],
    ['server', '-a'],
    ['server', `${'a'.repeat(64)}`],
    ['url', 'bucket:9000'],
    ['url', 'ftp://bucket'],
    ['url', 'http://bucket:0'],
    ['url', 'http://bucket:99999'],
    ['url', 'http://buc;ket'],
    ['url', 'http://café.example'],
    ['url', 'http://1.2.3'],
    ['url', 'http://0x7f'],
    ['url', 'http://buc%6Bet'],
    ['url', 'http://bucket\\s3'],
    ['url', 'http://bucket:'],
    ['url', 'http://fd00::7'],
    ['url', 'http://bucket; rm'],
    ['url', 'http:///'],
    ['url', 'javascript://a'],
    ['email', 'example-bank.com'],
    ['email', 'a@b'],
    ['email', 'a b@example.com'],
    ['email', 'a@b@example.com'],
    ['email', '<a@example.com>'],
    ['port', '0'],
    ['port', '-1'],
    ['port', '1.5'],
    ['port', 'http'],
  ] as const)('%s cannot be %j', (form, text) => {
    const message = expect.stringMatching(/^must be an? /);
    expect(result(text, { form })).toEqual({ ok: false, message });
  });
});

describe('a number', () => {
  it.each([
    [{ form: 'port' }, [1n, 65535n], [0n, -1n, 65536n]],
    [{ form: 'integer', min: -2, max: 2 }, [-2n, 2n], [-3n, 3n]],
    [{ form: 'duration', unit: 'minutes', min: 1 }, [1n, 2n ** 63n - 1n], [0n, -1n]],
    [{ form: 'integer' }, [-(2n ** 63n)], []],
  ] as [FormDetails, bigint[], bigint[]][])('of %j stays in its limits', (details, good, bad) => {
    expect(good.filter((number) => !isWithin(number, details))).toEqual([]);
    expect(bad.filter((number) => isWithin(number, details))).toEqual([]);
  });
});

describe('a key of another vendor', () => {
  it.each([
    ['SG.abc', undefined],
    ['', undefined],
    ['sk-abc', 'does not start with SG.'],
    ['SG.abc ', 'has leading or trailing white space'],
    ['SG.a bc', 'has characters that no key has'],
    ['SG.ä', 'has characters that no key has'],
  ])('%j: %s', (text, doubt) => {
    expect(keyDoubt(text, { form: 'key', begins_with: 'SG.' })).toBe(doubt);
  });
});

describe('the forms of the release', () => {
  const { release, files } = readTemplateSet();
  const entries = [...files].flatMap(([path, text]) => {
    const parsed = path.endsWith('.toml') ? parseToml(text) : undefined;
    return parsed?.ok ? parsed.document.entries : [];
  });

  it.each(Object.entries(release.parameters))('%s is a key, whose value fits', (key, form) => {
    const values = entries.filter(({ path }) => path.join('.') === key).map(({ value }) => value);
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) {
      if (typeof value === 'bigint') expect(isWithin(value, form)).toBe(true);
      else expect(formedText(String(value), form)).toEqual({ ok: true, text: value });
    }
  });
});
