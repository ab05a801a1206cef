import { expect, it } from 'vitest';
import { runKeeper } from '../../src/data/docker-data.ts';

it('variables of the database go to its container without their values, and none of them to docker itself', () => {
  const environment = {
    POSTGRES_PASSWORD: 'canary',
    DOCKER_HOST: 'tcp://other:2375',
    PATH: '/usr/lib/postgresql/bin',
    LD_PRELOAD: '/x.so',
  };
  const { args } = runKeeper({
    ...{ name: 'n', project: 'p', image: 'i', mounts: [], groups: [] },
    environment,
  });
  const given = args.filter((_, index) => args[index - 1] === '--env');
  expect(given).toEqual([
    'POSTGRES_PASSWORD',
    'DOCKER_HOST=tcp://other:2375',
    'PATH=/usr/lib/postgresql/bin',
    'LD_PRELOAD=/x.so',
  ]);
});
