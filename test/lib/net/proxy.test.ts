import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { isLoopback, proxyFor } from '../../../src/lib/net/proxy.ts';

const ecr = new URL('https://api.ecr.ap-southeast-1.amazonaws.com/');
const proxied = (url: URL | string, noProxy: string) =>
  proxyFor(new URL(url), { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: noProxy }) !== undefined;

describe('the proxy for a URL', () => {
  test('is none without a variable, and for plain http', () => {
    expect(proxyFor(ecr, {})).toBeUndefined();
    expect(proxyFor(ecr, { HTTPS_PROXY: '' })).toBeUndefined();
    expect(proxyFor(new URL('http://emulator:4566'), { HTTPS_PROXY: 'http://proxy' })).toBe(
      undefined,
    );
  });

  test.each([
    [{ HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2' }, 'http://a:1/'],
    [{ HTTPS_PROXY: '', https_proxy: 'http://b:2', ALL_PROXY: 'http://c:3' }, 'http://b:2/'],
    [{ ALL_PROXY: 'http://c:3', all_proxy: 'http://d:4' }, 'http://c:3/'],
    [{ all_proxy: 'https://d:4' }, 'https://d:4/'],
    [{ HTTPS_PROXY: 'proxy.bank.example:3128' }, 'http://proxy.bank.example:3128/'],
    [{ HTTPS_PROXY: '10.0.0.1:3128' }, 'http://10.0.0.1:3128/'],
    [{ HTTPS_PROXY: 'http://[fd00::1]:3128' }, 'http://[fd00::1]:3128/'],
  ])('is taken from %j', (env, expected) => {
    expect(proxyFor(ecr, env)?.url.href).toBe(expected);
  });

  test.each([
    ['http://user:p%40ss%3A@proxy:3128', 'user:p@ss:'],
    ['http://user:100%@proxy:3128', 'user:100%'],
    ['user:secret@proxy:3128', 'user:secret'],
    ['http://user@proxy:3128', 'user:'],
  ])('has its login apart from its address: %s', (value, login) => {
    const proxy = proxyFor(ecr, { HTTPS_PROXY: value });
    expect(proxy?.url.href).toBe('http://proxy:3128/');
    expect(proxy?.authorization?.()).toBe(`Basic ${Buffer.from(login).toString('base64')}`);
    expect(JSON.stringify(proxy)).not.toContain('Basic');
  });

  test.each([
    [
      'socks5://user:hunter2@proxy:1080',
      'HTTPS_PROXY specifies an unsupported proxy type: socks5.',
    ],
    ['http://user:hunter2@proxy:port', 'HTTPS_PROXY is not a valid web proxy address.'],
    ['http://user:hunter2#x@proxy:3128', 'HTTPS_PROXY is not a valid web proxy address.'],
    ['http://hunter2#x@proxy:3128', 'HTTPS_PROXY is not a valid web proxy address.'],
    ['http://user/hunter2@proxy:3128', 'HTTPS_PROXY is not a valid web proxy address.'],
    ['http://user:1/hunter2@proxy:3128', 'HTTPS_PROXY is not a valid web proxy address.'],
    ['user:x@hunter2@proxy:3128', 'HTTPS_PROXY is not a valid web proxy address.'],
    ['user:hunter2?@proxy:3128', 'HTTPS_PROXY is not a valid web proxy address.'],
    ['http://user:hunter2\\x@proxy:3128', 'HTTPS_PROXY is not a valid web proxy address.'],
  ])('refuses what is not a web proxy, without repeating its password: %s', (value, message) => {
    const wrong = () => proxyFor(ecr, { HTTPS_PROXY: value });
    expect(wrong).toThrow(UserError);
    expect(wrong).toThrow(message);
    expect(wrong).not.toThrow('hunter2');
  });
});

describe('NO_PROXY, by the rules of Go', () => {
  test.each([
    ['*'],
    ['other.example, *'],
    ['amazonaws.com'],
    ['AMAZONAWS.COM'],
    ['.amazonaws.com'],
    ['*.amazonaws.com'],
    ['api.ecr.ap-southeast-1.amazonaws.com'],
    ['api.ecr.ap-southeast-1.amazonaws.com:443'],
    ['a.example,amazonaws.com:443'],
    [' amazonaws.com '],
  ])('%j keeps ECR off the proxy', (noProxy) => {
    expect(proxied(ecr, noProxy)).toBe(false);
  });

  test.each([
    [''],
    [','],
    ['naws.com'],
    ['.api.ecr.ap-southeast-1.amazonaws.com'],
    ['amazonaws.com:8443'],
    ['10.0.0.0/8'],
    ['52.94.0.0/16'],
    ['amazonaws.com/8'],
  ])('%j leaves ECR to the proxy', (noProxy) => {
    expect(proxied(ecr, noProxy)).toBe(true);
  });

  test.each([
    ['https://10.1.2.3/', '10.0.0.0/8', false],
    ['https://11.1.2.3/', '10.0.0.0/8', true],
    ['https://10.1.2.3/', '10.1.2.3', false],
    ['https://10.1.2.3/', '10.1.2.3:443', false],
    ['https://10.1.2.3:8443/', '10.1.2.3:443', true],
    ['https://10.1.2.3/', '10.0.0.0/33', true],
    ['https://10.1.2.3/', '10.0.0.0/x', true],
    ['https://[fd00::5]/', 'fd00::/8', false],
    ['https://[fd00::5]/', 'fd00::5', false],
    ['https://[fd00::5]/', '[fd00::5]:443', false],
    ['https://[fd00::5]/', '[fd00::5]:8443', true],
    ['https://[fd00::5]/', '10.0.0.0/8', true],
  ])('an address is matched by number: %s, NO_PROXY=%s', (url, noProxy, expected) => {
    expect(proxied(url, noProxy)).toBe(expected);
  });

  test('is read from no_proxy where NO_PROXY is not set', () => {
    const env = { HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'amazonaws.com' };
    expect(proxyFor(ecr, env)).toBeUndefined();
  });

  test.each([
    ['https://localhost:5000/'],
    ['https://127.0.0.1/'],
    ['https://127.9.9.9/'],
    ['https://[::1]/'],
  ])('%s never goes to a proxy', (url) => {
    expect(proxied(url, '')).toBe(false);
  });
});

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['[::1]', true],
  ['::1', true],
  ['localhost.example', false],
  ['128.0.0.1', false],
  ['[::2]', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
