import { describe, expect, it } from 'vitest';
import { dataServiceOf, parseComposeConfig } from '../../src/compose/compose-config.ts';

/** As docker compose 2.26 prints it, shortened. */
const config = {
  name: 'proto-abc123',
  services: {
    postgres: {
      image: 'registry/postgres@sha256:1',
      command: null,
      entrypoint: null,
      shm_size: '1073741824',
      group_add: ['1000'],
      environment: { POSTGRES_DB: 'platform', POSTGRES_USER: 'a$$b' },
      secrets: [{ source: 'postgres_password', target: '/run/secrets/postgres_password' }],
      volumes: [
        { type: 'bind', source: '/srv/extra', target: '/extra' },
        { type: 'volume', source: 'postgres-data', target: '/var/lib/postgresql/data', volume: {} },
      ],
    },
  },
  volumes: { 'postgres-data': { name: 'proto-abc123_postgres-data' } },
  secrets: { postgres_password: { name: 'x', file: '/srv/p$$q/postgres_password' } },
};
const volumes = { 'postgres-data': '/var/lib/postgresql/data' };
const serviceOf = (changed: object, at: Record<string, string> = volumes) => {
  const parsed = parseComposeConfig(JSON.stringify(changed));
  return parsed && dataServiceOf(parsed, 'postgres', at);
};
const withMounts = (mounts: object[]) => ({
  ...config,
  services: { postgres: { ...config.services.postgres, volumes: mounts } },
});

describe('the data of a service', () => {
  it('is found beside services that are built, and with null for what is not set', () => {
    const own = { build: { context: '/srv/own' }, command: null, entrypoint: null };
    const postgres = { ...config.services.postgres, user: null, shm_size: null };
    const more = { ...config, services: { own, postgres } };
    expect(serviceOf(more)?.image).toBe('registry/postgres@sha256:1');
    expect(serviceOf({ ...config, services: { postgres: own } })).toBeUndefined();
  });

  it('is where the effective Compose file has it, dollars as they are meant', () => {
    expect(serviceOf(config)).toMatchObject({
      image: 'registry/postgres@sha256:1',
      places: [{ volume: 'postgres-data', kind: 'volume', source: 'proto-abc123_postgres-data' }],
      environment: { POSTGRES_USER: 'a$b' },
      secrets: [{ source: '/srv/p$q/postgres_password', readOnly: true }],
      sharedMemory: '1073741824',
    });
  });

  it('is known whatever the services are that the operator added', () => {
    const own = { built: { build: { context: '.' } }, odd: { entrypoint: 'x', volumes: [1] } };
    const services = { ...config.services, ...own };
    expect(serviceOf({ ...config, services })).toEqual(serviceOf(config));
    expect(serviceOf({ ...config, services: { postgres: { build: '.' } } })).toBeUndefined();
  });

  it('may be a folder of the host, which the operator put there', () => {
    const mounts = [{ type: 'bind', source: '/mnt/pg', target: '/var/lib/postgresql/data' }];
    expect(serviceOf(withMounts(mounts))?.places).toEqual([
      {
        volume: 'postgres-data',
        kind: 'bind',
        source: '/mnt/pg',
        target: '/var/lib/postgresql/data',
      },
    ]);
  });

  it('is found by its volume where another release has it elsewhere', () => {
    const found = serviceOf(config, { 'postgres-data': '/var/lib/postgresql' });
    expect(found?.places[0]?.target).toBe('/var/lib/postgresql/data');
  });

  it('is not known where nothing is mounted, or no service is', () => {
    expect(serviceOf(withMounts([]))).toBeUndefined();
    expect(serviceOf({ ...config, services: {} })).toBeUndefined();
    expect(parseComposeConfig('time="…" level=warning')).toBeUndefined();
  });
});
