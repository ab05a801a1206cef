import { describe, expect, it } from 'vitest';
import {
  clientProxies,
  proxiedServices,
  releaseSettings,
  settingsOf,
} from '../../src/checks/facts/service-settings.ts';
import { checks } from '../../src/checks/index.ts';
import { parseComposeConfig } from '../../src/compose/compose-config.ts';
import { known } from '../../src/lib/process/probed.ts';
import { releaseFor } from '../../src/release/release.ts';
import { readTemplateSet } from '../support/template-set.ts';
import { serviceWith, wellHost } from './host-facts.ts';

/** What decides whether services can read their files, and reach each other. */

const host = 'unix:///var/run/docker.sock';

describe('the proxies of config.json', () => {
  const entry = { httpProxy: 'http://p', noProxy: 'localhost' };
  it.each([
    [{ proxies: { default: entry } }, { key: 'default', names: true, noProxy: 'localhost' }],
    [{ proxies: { default: {}, [host]: entry } }, { key: host, names: true, noProxy: 'localhost' }],
    [{ proxies: { default: entry, 'tcp://other': {} } }, { key: 'default' }],
    [{ proxies: { default: { noProxy: 'a' } } }, { names: false }],
    [{ proxies: { default: { allProxy: 'socks5://p' } } }, { names: true, noProxy: '' }],
  ])('%j', (config, expected) => {
    expect(clientProxies(JSON.stringify(config), host)).toMatchObject(expected);
  });

  it.each([
    '{}',
    '{"proxies":null}',
    '{"proxies":{}}',
    '{"proxies":{"default":null}}',
    '"proxies',
    'null',
  ])('are none in %s', (text) => expect(clientProxies(text, host)).toBeUndefined());
});

describe('a service', () => {
  const client = { key: 'default', names: true, noProxy: 'localhost' };
  const bucket = serviceWith({ service: 'bucket' });
  const missing = (proxies: Record<string, string>, from?: typeof client) => {
    const { client: all, own } = proxiedServices([serviceWith({ proxies }), bucket], from);
    return [all.includes('bucket'), own.map((one) => one.missing.join())];
  };

  it.each([
    ['sets nothing', {}, [true, []]],
    ['exempts the other', { NO_PROXY: 'bucket', no_proxy: 'bucket' }, [false, []]],
    ['exempts it in one variable only', { NO_PROXY: 'bucket' }, [false, ['bucket']]],
    ['exempts it with a port', { NO_PROXY: 'BUCKET:9000', no_proxy: 'x bucket' }, [false, []]],
    ['exempts all', { NO_PROXY: '*', no_proxy: '*' }, [false, []]],
    ['exempts a longer name', { NO_PROXY: 'my-bucket', no_proxy: 'bucket.x' }, [false, ['bucket']]],
    [
      'has no proxy',
      { HTTP_PROXY: '', http_proxy: '', HTTPS_PROXY: '', https_proxy: '' },
      [false, []],
    ],
    ['has its own proxy', { http_proxy: 'http://q' }, [false, ['bucket']]],
  ])('that %s', (_, proxies, expected) => expect(missing(proxies, client)).toEqual(expected));

  it('has no proxy where config.json has none', () => {
    expect(missing({})).toEqual([false, []]);
  });

  it('reads files if it mounts those of the installation', () => {
    const config = parseComposeConfig(
      JSON.stringify({
        services: {
          a: {
            image: 'a',
            volumes: [{ type: 'bind', source: '/srv/proto/backend/x', target: '/x' }],
          },
          b: {
            image: 'b',
            secrets: [{ source: 's' }],
            user: '999:0',
            group_add: ['1000', 0],
            userns_mode: 'host',
          },
          c: {
            image: 'c',
            volumes: [
              { type: 'bind', source: '/srv/proto2', target: '/x' },
              { type: 'volume', source: 'v', target: '/v' },
            ],
          },
          theirs: { image: 'd' },
        },
        secrets: { s: { file: '/srv/proto/backend/secrets/s' } },
      }),
    );
    if (config === undefined) throw new Error('not read');
    const users = new Map([
      ['a', '1001:1001'],
      ['c', ''],
    ]);
    const common = { hostUsers: false, groups: [], proxies: {} };
    expect(settingsOf(config, ['a', 'b', 'c', 'gone'], '/srv/proto', users)).toEqual([
      { ...common, service: 'a', readsFiles: true, user: '1001' },
      {
        ...common,
        service: 'b',
        readsFiles: true,
        hostUsers: true,
        groups: ['1000', '0'],
        user: '999',
      },
      { ...common, service: 'c', readsFiles: false, user: '' },
    ]);
  });

  it('reads files before init, if its description says so', () => {
    const { release } = readTemplateSet();
    const reading = releaseSettings(releaseFor(release, 'on-premise')).filter(
      (one) => one.readsFiles,
    );
    expect(reading.map(({ service }) => service)).toEqual(Object.keys(release.services));
  });
});

describe('a remedy can be pasted', () => {
  const remedyOf = (id: string, change: object) => {
    const judgement = checks.find((check) => check.id === id)?.judge({ ...wellHost, ...change });
    return judgement !== undefined && 'remedy' in judgement ? judgement.remedy : undefined;
  };

  it('for noProxy, with the operator’s own exceptions and without the proxy, which may have a password', () => {
    const clientProxies = known({
      key: 'default',
      names: true,
      noProxy: '.bank.example, 10.0.0.0/8',
    });
    expect(remedyOf('container-proxy', { clientProxies })).toBe(
      'Set in /home/proto/.docker/config.json, in "proxies", in "default": "noProxy": ".bank.example,10.0.0.0/8,platform,bucket". Then run `docker compose up -d --force-recreate` in backend/.',
    );
  });
});
