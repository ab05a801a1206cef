import { expect, it } from 'vitest';
import { passwordsIn, withoutLogin } from '../../../src/lib/net/url-login.ts';

it.each([
  ['ssh://user:pw@host', 'ssh://host'],
  ['ssh://user:p/w#x?y@z@host:22', 'ssh://host:22'],
  ['user:pw@host', 'host'],
  ['unix:///var/run/docker.sock', 'unix:///var/run/docker.sock'],
])('%s is shown as %s', (url, shown) => {
  expect(withoutLogin(url)).toBe(shown);
});

it.each([
  [{ HTTPS_PROXY: 'http://user:hunter2%40x@proxy' }, ['hunter2%40x', 'hunter2@x']],
  [{ https_proxy: 'user:hunter2#hunter3@proxy' }, ['hunter2#hunter3', 'hunter2', 'hunter3']],
  [{ DOCKER_HOST: 'ssh://user:hunter2@host' }, ['hunter2']],
  [{ AWS_ENDPOINT_URL_ECR: 'https://a:hunter2@host' }, ['hunter2']],
  [{ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'a', PASSWORD: 'a:b@c' }, []],
])('the passwords of %j are secrets', (env, passwords) => {
  const found = passwordsIn(env);
  expect(found).toEqual(expect.arrayContaining(passwords));
  if (passwords.length === 0) expect(found).toEqual([]);
});
