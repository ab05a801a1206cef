import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret, SecretMask } from '../src/secret.ts';

const canary = 'canary-9d2e';
const secret = new Secret(canary);

describe('Secret', () => {
  it('gives its text by reveal() alone', () => {
    expect(secret.reveal()).toBe(canary);
  });

  it.each([
    ['String()', String(secret)],
    ['a template', `${secret}`],
    ['a sum', `${secret}!`],
    ['join', [secret].join()],
    ['JSON', JSON.stringify({ secret, list: [secret] })],
    ['inspect', inspect({ deep: { er: secret } }, { depth: 9, showHidden: true, getters: true })],
    ['inspect of itself', inspect(secret, { showHidden: true })],
    ['console.log', format('%s %o %O %j %d', secret, secret, secret, secret, secret)],
    ['an error', new Error(`${secret}`).message],
    ['a spread', JSON.stringify({ ...secret })],
    ['entries', JSON.stringify(Object.entries(secret))],
    ['property names', Object.getOwnPropertyNames(secret).join()],
    ['a clone', inspect(structuredClone({ ...secret }))],
    ['locale', secret.toLocaleString()],
  ])('does not give it by %s', (_how, printed) => {
    expect(printed).not.toContain(canary);
  });

  it('says that there was one', () => {
    expect(`${secret}`).toBe('[secret]');
    expect(JSON.stringify(secret)).toBe('"[secret]"');
    expect(inspect(secret)).toBe('[secret]');
  });
});

describe('SecretMask', () => {
  const masking = (...secrets: string[]) => {
    const mask = new SecretMask();
    for (const each of secrets) mask.add(each);
    return (text: string) => mask.hide(text, '#');
  };

  it.each([
    ['pa$word1', 'command: pa$$word1', 'command: #'],
    ["it's one", "key: 'it''s one'", "key: '#'"],
    ['größe-1', 'gr\\u00f6\\u00dfe-1', '#'],
    ['größe-1', '{"a":"größe-1"}', '{"a":"#"}'],
    ['abc"def', String.raw`"{\"a\":\"abc\\\"def\"}"`, String.raw`"{\"a\":\"#\"}"`],
  ])('hides %s in %s', (secret, text, hidden) => {
    expect(masking(secret)(text)).toBe(hidden);
  });

  it('hides all of two secrets that overlap in the text', () => {
    expect(masking('abcdefgh', 'efghijkl')('<abcdefghijkl>')).toBe('<#>');
  });

  it('takes the longest of the secrets that begin alike', () => {
    const hide = masking('secret', 'secret-a', 'secret-a-long', 'secret-b');
    expect(hide('secret-a-lon secret-b secret-c secret-a-long')).toBe('#-lon # #-c #');
  });

  it('hides a secret that was added after the first use', () => {
    const mask = new SecretMask();
    mask.add('first-one');
    expect(mask.hide('first-one second-one', '#')).toBe('# second-one');
    mask.add('second-one');
    expect(mask.hide('first-one second-one', '#')).toBe('# #');
  });

  // With one regular expression for all secrets, compiled for each line, this takes hours.
  it('takes thousands of lines with thousands of secrets', () => {
    const secrets = Array.from({ length: 4000 }, (_, n) => `sk-proj-${n * 7919}-x`);
    const hide = masking(...secrets);
    expect(new Set(secrets.map((each) => hide(`key = "${each}"`)))).toEqual(new Set(['key = "#"']));
  });
});
