import { describe, expect, it } from 'vitest';
import { elementKeyAt } from '../../src/merge/yaml/compose-lists.ts';

const variable = (text: string) => `\${${text}}`;

describe('the lists of a Compose service', () => {
  it.each([
    ['ports', '8080', '8080'],
    ['ports', '80:8080', '8080'],
    ['ports', '127.0.0.1:80:8080/tcp', '8080'],
    ['ports', '53:53/udp', '53/udp'],
    ['ports', `${variable('IP:-0.0.0.0')}:${variable('PORT:-80')}:8080`, '8080'],
    ['volumes', '/data', '/data'],
    ['volumes', './a:/data:ro', '/data'],
    ['volumes', `${variable('DIR:-/srv')}:/data`, '/data'],
    ['tmpfs', '/run:size=64m', '/run'],
    ['environment', 'A=b=c', 'A'],
    ['environment', 'A', 'A'],
    ['extra_hosts', 'mail:10.0.0.1', 'mail'],
    ['extra_hosts', 'mail=::1', 'mail'],
    ['cap_add', 'NET_ADMIN', 'NET_ADMIN'],
    ['volumes', ':', ':'],
  ])('know an element of %s, %s, as %s', (list, element, key) => {
    expect(elementKeyAt(['services', 'x', list])?.(element)).toBe(key);
  });

  it.each([
    ['annotations', 'a=1', 'a'],
    ['configs', 'a', 'a'],
    ['depends_on', 'a:b', 'a:b'],
    ['device_cgroup_rules', 'c 1:3 mr', 'c 1:3 mr'],
    ['devices', '/dev/a:/dev/b:rwm', '/dev/b'],
    ['dns', 'fd00::1', 'fd00::1'],
    ['dns_opt', 'use-vc', 'use-vc'],
    ['dns_search', 'a.example', 'a.example'],
    ['env_file', './a=b.env', './a=b.env'],
    ['expose', '80:81', '80:81'],
    ['external_links', 'a:b', 'a:b'],
    ['group_add', '1000', '1000'],
    ['labels', 'a.b=c:d', 'a.b'],
    ['links', 'a:b', 'a:b'],
    ['networks', 'a', 'a'],
    ['profiles', 'a', 'a'],
    ['secrets', 'a', 'a'],
    ['security_opt', 'label:user:a', 'label:user:a'],
    ['sysctls', 'net.core.somaxconn=1024', 'net.core.somaxconn'],
    ['cap_drop', 'ALL', 'ALL'],
  ])('take %s as a set: %s is %s', (list, element, key) => {
    expect(elementKeyAt(['services', 'x', list])?.(element)).toBe(key);
  });

  it.each([
    [['services', 'x', 'command']],
    [['services', 'x', 'entrypoint']],
    [['services', 'x', 'healthcheck', 'test']],
    [['x-own', 'x', 'ports']],
    [['ports']],
  ])('are one value at %s', (path) => {
    expect(elementKeyAt(path)).toBeUndefined();
  });
});
