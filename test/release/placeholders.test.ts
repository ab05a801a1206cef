import { describe, expect, it } from 'vitest';
import { fill, placeholdersIn, valueName } from '../../src/release/placeholders.ts';

describe('fill', () => {
  const values: Record<string, string> = { YOUR_URL: 'a.example', YOUR_TRAP: '{YOUR_URL} $& $1' };
  const filled = (text: string) => fill(text, (name) => values[name]);

  it.each([
    ['https://{YOUR_URL}/x{YOUR_URL}', 'https://a.example/xa.example'],
    ['{YOUR_OTHER} stays', '{YOUR_OTHER} stays'],
    ['{YOUR_TRAP}', '{YOUR_URL} $& $1'],
    ['{{YOUR_URL}}', '{a.example}'],
    ['{your_url} {YOUR-URL} { YOUR_URL } {YOUR_}', '{your_url} {YOUR-URL} { YOUR_URL } {YOUR_}'],
    ['', ''],
  ])('makes %j into %j', (text, expected) => {
    expect(filled(text)).toBe(expected);
  });
});

describe('placeholdersIn', () => {
  it('names each once, in order', () => {
    expect(placeholdersIn('{YOUR_B} {YOUR_A} {YOUR_B} YOUR_C')).toEqual(['YOUR_B', 'YOUR_A']);
  });
});

describe('valueName', () => {
  it.each([
    ['YOUR_URL', 'url'],
    ['YOUR_RANDOM_SECRET_KEY_1', 'random_secret_key_1'],
  ])('calls %s %s', (placeholder, name) => {
    expect(valueName(placeholder)).toBe(name);
  });
});
