import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../src/secret.ts';

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
