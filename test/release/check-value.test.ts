import { describe, expect, it } from 'vitest';
import type { ValueDescription } from '../../src/release/release.ts';
import { checkValue, revealValue } from '../../src/values/values.ts';
import { readTemplateSet } from '../support/template-set.ts';

const { release } = readTemplateSet();

function described(name: string): ValueDescription {
  const description = release.values[name];
  if (description === undefined) throw new Error(`no ${name}`);
  return description;
}

describe('checkValue', () => {
  const host = described('YOUR_URL');
  const checked = (text: string, description = host) => {
    const result = checkValue(text, description);
    return result.ok ? revealValue(result.value) : undefined;
  };

  it.each([
    ['chat.example-bank.com', 'chat.example-bank.com'],
    ['  Chat.Example-Bank.COM ', 'chat.example-bank.com'],
    ['https://chat.example-bank.com', 'chat.example-bank.com'],
    ['HTTPS://chat.example-bank.com/', 'chat.example-bank.com'],
    ['https://chat.example-bank.com:443/', 'chat.example-bank.com'],
    ['chat.example-bank.com:8443', 'chat.example-bank.com:8443'],
    ['chat.example-bank.com:08443', 'chat.example-bank.com:8443'],
    ['chat', 'chat'],
    ['10.1.2.3', '10.1.2.3'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ])('takes %j for the host %j', (text, expected) => {
    expect(checked(text)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    'http://chat.example-bank.com',
    'chat.example-bank.com/app',
    'chat.example-bank.com?x',
    'user@chat.example-bank.com',
    'chat_1.example',
    '-chat.example',
    'chat..example',
    'chat.example.',
    'chat example',
    'chat.example:99999',
    'chat.example:0',
    'bücher.example',
    '*.example-bank.com',
    '300.1.2.3',
    '1.2.3',
    '10.1.2.03',
    'chat.2026',
    '0x7f.1',
    'chat.0x1',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}example`,
    'chat.example"\n[x]',
    '{YOUR_URL}',
  ])('refuses %j as a host', (text) => {
    const message = 'must be a host name such as chat.example-bank.com, without http:// or a path';
    expect(checkValue(text, host)).toEqual({ ok: false, message });
  });

  it.each([
    ['YOUR_DESIRED_EMAIL_FROM', ' Example-Bank.com ', 'example-bank.com'],
    ['YOUR_AZURE_OPENAI_ENDPOINT', 'https://x.openai.azure.com/', 'https://x.openai.azure.com'],
    ['YOUR_AZURE_OPENAI_DEPLOYMENT', ' gpt-4o ', ' gpt-4o '],
    ['YOUR_OPENAI_PROVIDER', 'azure', 'azure'],
  ])('brings %s %j into its form', (name, text, expected) => {
    expect(checked(text, described(name))).toBe(expected);
  });

  it.each([
    ['YOUR_DESIRED_EMAIL_FROM', 'me@example-bank.com'],
    ['YOUR_DESIRED_EMAIL_FROM', 'localhost'],
    ['YOUR_DESIRED_EMAIL_FROM', '10.1.2.3'],
    ['YOUR_AZURE_OPENAI_ENDPOINT', 'https://x.openai\n.azure.com'],
    ['YOUR_AZURE_OPENAI_ENDPOINT', 'https://x.openai.azure.com/a\tb'],
    ['YOUR_AZURE_OPENAI_ENDPOINT', 'x.openai.azure.com'],
    ['YOUR_AZURE_OPENAI_ENDPOINT', 'ftp://x.openai.azure.com'],
    ['YOUR_OPENAI_PROVIDER', 'Azure'],
    ['YOUR_OPENAI_API_KEY', 'half of a pair: \ud800'],
  ])('refuses %s %j', (name, text) => {
    expect(checked(text, described(name))).toBeUndefined();
  });
});

describe('the path of a file', () => {
  const path = described('YOUR_TLS_CERTIFICATE');
  const checked = (text: string) => {
    const result = checkValue(text, path);
    return result.ok ? revealValue(result.value) : result.message;
  };

  it.each(['/etc/ssl/chat.pem', '/etc/my ssl/"chat";{}#.pem', '/ü.pem'])('%s is one', (text) => {
    expect(checked(` ${text} `)).toBe(text);
  });

  it.each([
    ['chat.pem', 'absolute'],
    ['~/chat.pem', 'absolute'],
    ['/etc/ssl/', 'not a folder'],
    ['/etc/$host.pem', 'must not contain "$"'],
    ['/etc/a\nb.pem', 'or control characters'],
  ])('%j is none', (text, words) => {
    expect(checked(text)).toContain(words);
  });
});
