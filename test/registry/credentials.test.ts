import { describe, expect, it } from 'vitest';
import example from '../../proto_credentials.example.json' with { type: 'json' };
import { UserError } from '../../src/errors.ts';
import { parseCredentials } from '../../src/registry/credentials.ts';

const file = 'proto_credentials.json';
const text = (data: unknown) => JSON.stringify(data, null, 2);
const withAws = (aws: object) => text({ ...example, aws: { ...example.aws, ...aws } });

function refusal(content: string): UserError {
  try {
    parseCredentials(content, file);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** `line key message` of every fault. */
function faults(content: string): string[] {
  return refusal(content).faults.map(({ line, key, message }) => `${line} ${key} ${message}`);
}

describe('parseCredentials', () => {
  it("reads the vendor's example", () => {
    const credentials = parseCredentials(text(example), file);
    expect(credentials).toMatchObject({
      customer: 'example-bank',
      hosting: 'on-premise',
      namespace: 'proto',
      release: 'stable',
    });
    expect(credentials.aws).toMatchObject({
      accountId: '123456789012',
      region: 'ap-southeast-1',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    });
    expect(credentials.aws.secretAccessKey.reveal()).toBe(example.aws.secret_access_key);
    expect(credentials.aws).not.toHaveProperty('sessionToken');
  });

  it('follows the channel stable in the namespace proto where nothing else is said', () => {
    const { registry: _registry, release: _release, ...bare } = example;
    expect(parseCredentials(text(bare), file)).toMatchObject({
      namespace: 'proto',
      release: 'stable',
    });
    expect(parseCredentials(text({ ...bare, registry: {} }), file).namespace).toBe('proto');
  });

  it('reads a session token', () => {
    const { aws } = parseCredentials(withAws({ session_token: 'FwoGZXIvYXdzEXAMPLE' }), file);
    expect(aws.sessionToken?.reveal()).toBe('FwoGZXIvYXdzEXAMPLE');
  });

  it.each([
    ['a byte order mark', `\ufeff${text(example)}`],
    ['CRLF line ends', text(example).replaceAll('\n', '\r\n')],
    ['no white space at all', JSON.stringify(example)],
    ['empty lines around it', `\n\n${text(example)}\n\n`],
  ])('reads a file with %s', (_what, content) => {
    expect(parseCredentials(content, file).customer).toBe('example-bank');
  });

  it.each([
    ['an empty file', '', 1, /expected a value/],
    ['white space alone', ' \n ', 2, /expected a value/],
    ['a missing comma', '{\n  "a": 1\n  "b": 2\n}', 3, /missing comma/],
    ['a comment', '{\n  // for the bank\n  "a": 1\n}', 2, /comments are not allowed/],
    ['a comma too many', '{\n  "a": 1,\n}', 3, /expected a key in double quotes/],
    ['single quotes', "{\n  'a': 1\n}", 2, /without quotes|double quotes/],
    ['a missing brace', '{\n  "a": 1\n', 3, /missing closing \}/],
    ['an open string', '{\n  "a": "1\n}', 2, /missing closing quote/],
    ['text after the end', '{}\n{}', 2, /unexpected text after the end/],
    ['a control character', '{\n  "a": "\u0001"\n}', 2, /control character/],
    ['what a web page sends', '<!doctype html>', 1, /is not valid JSON/],
  ])('refuses %s with the line', (_what, content, line, message) => {
    const error = refusal(content);
    expect(error.code).toBe('CREDENTIALS_INVALID');
    expect(error.message).toBe(`The credentials file ${file} is not valid JSON.`);
    expect(error.faults).toHaveLength(1);
    expect(error.faults[0]).toMatchObject({ file, line });
    expect(error.faults[0]?.message).toMatch(message);
  });

  it.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"proto"'],
    ['a number', '1'],
  ])('refuses %s instead of an object', (_what, content) => {
    expect(faults(content)).toEqual(['1  must be an object']);
  });

  it.each([
    [{ account_id: '12345678901' }, '6 aws.account_id must be the 12 digits of an AWS account'],
    [{ account_id: 123456789012 }, '6 aws.account_id must be a string'],
    [{ region: 'Singapore' }, '7 aws.region is not an AWS region such as "ap-southeast-1"'],
    [
      { access_key_id: '' },
      '8 aws.access_key_id is empty, or contains a space, an invisible character or a non-ASCII character',
    ],
    [
      { secret_access_key: 'a b' },
      '9 aws.secret_access_key is empty, or contains a space, an invisible character or a non-ASCII character',
    ],
    [
      { secret_access_key: 'ab\n' },
      '9 aws.secret_access_key is empty, or contains a space, an invisible character or a non-ASCII character',
    ],
    [
      { secret_access_key: 'ab\u200b' },
      '9 aws.secret_access_key is empty, or contains a space, an invisible character or a non-ASCII character',
    ],
    [
      { access_key_id: 'AKIA…' },
      '8 aws.access_key_id is empty, or contains a space, an invisible character or a non-ASCII character',
    ],
    [
      { secret_access_key: 'a\u0007' },
      '9 aws.secret_access_key is empty, or contains a space, an invisible character or a non-ASCII character',
    ],
    [
      { secret_access_key: 'a'.repeat(8193) },
      '9 aws.secret_access_key is longer than 8192 characters',
    ],
    [{ secret_access_key: null }, '9 aws.secret_access_key must be a string'],
    [{ region: undefined }, '5 aws.region is missing'],
  ])('refuses aws with %o', (aws, fault) => {
    expect(faults(withAws(aws))).toEqual([fault]);
  });

  it.each([
    [{ format_version: 0 }, '2 format_version must be 1'],
    [{ format_version: '1' }, '2 format_version must be 1'],
    [{ customer: '' }, '3 customer is empty'],
    [{ hosting: 'cloud' }, '4 hosting must be "on-premise" or "hybrid"'],
    [{ aws: [] }, '5 aws must be an object'],
    [
      { registry: { namespace: 'Proto' } },
      '12 registry.namespace is not a repository namespace such as "proto"',
    ],
    [
      { release: 'stable:latest' },
      '14 release is not a valid tag: use at most 128 letters, digits, ".", "_" and "-"',
    ],
    [
      { release: '../x' },
      '14 release is not a valid tag: use at most 128 letters, digits, ".", "_" and "-"',
    ],
  ])('refuses a file with %o', (change, fault) => {
    expect(faults(text({ ...example, ...change }))).toEqual([fault]);
  });

  it('takes a newer format for what it is, and no key of it for misspelt', () => {
    const error = refusal(text({ ...example, format_version: 2, registries: [] }));
    expect(error.code).toBe('CREDENTIALS_INVALID');
    expect(error.message).toBe(
      `The credentials file ${file} uses a newer format than this version of proto-scaffold supports.`,
    );
    expect(error.hint).toMatch(/^Get a newer proto-scaffold/);
    expect(error.faults).toMatchObject([{ file, line: 2, key: 'format_version' }]);
  });

  it('names the nearest known key for each one that is misspelt', () => {
    const { secret_access_key, ...aws } = example.aws;
    const content = text({
      ...example,
      custommer: 'x',
      aws: { ...aws, secret_acces_key: secret_access_key },
      registry: { name_space: 'proto' },
    });
    expect(faults(content)).toEqual([
      '5 aws.secret_access_key is missing',
      '9 aws.secret_acces_key is an unknown key; the closest match is "secret_access_key"',
      '12 registry.name_space is an unknown key; the closest match is "namespace"',
      '15 custommer is an unknown key; the closest match is "customer"',
    ]);
  });

  it('tells all faults at once, in the order of the lines', () => {
    const aws = { ...example.aws, acount: '1', region: 'x' };
    const lines = faults(text({ a: 1, ...example, hosting: 'cloud', aws, release: '' }));
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['2', '5', '8', '11', '16']);
  });

  it('repeats no value in a message', () => {
    const canary = 'canary-4f1c';
    const aws = { account_id: canary, region: canary, access_key_id: 1, session_token: [canary] };
    const error = refusal(text({ hosting: canary, aws, release: `${canary}!`, customer: 1 }));
    expect(JSON.stringify([error.message, error.hint, error.faults])).not.toContain(canary);
  });

  it('survives a key that is special to JavaScript', () => {
    const content = text(example).replace('{', '{ "__proto__": { "customer": "x" },');
    expect(faults(content)).toEqual([
      '1 __proto__ is an unknown key; the closest match is "customer"',
    ]);
  });

  it.each(['[', '{"a":'])('survives 100,000 nested %s', (opening) => {
    const error = refusal(opening.repeat(100_000));
    expect(error.code).toBe('CREDENTIALS_INVALID');
    expect(error.faults[0]?.message).toBe('is not valid JSON: nested too deeply');
  });
});
