import { describe, expect, it } from 'vitest';
import { namedProject, redirectsOf } from '../../src/compose/redirects.ts';

const project = 'proto-1a2b3c';
const found = (change: Partial<Parameters<typeof redirectsOf>[0]>) =>
  redirectsOf({ project, env: {}, envFile: undefined, names: [], ...change }).map(
    ({ file, line, key }) => [file, line, key].filter((part) => part !== undefined).join(' '),
  );

describe('what leads docker compose elsewhere', () => {
  it.each([
    [{ COMPOSE_PROJECT_NAME: 'x' }, ['$COMPOSE_PROJECT_NAME']],
    [{ COMPOSE_PROJECT_NAME: project }, []],
    [{ COMPOSE_PROJECT_NAME: '' }, []],
    [
      { COMPOSE_FILE: '/srv/shop/docker-compose.yml', COMPOSE_PROFILES: 'debug' },
      ['$COMPOSE_FILE', '$COMPOSE_PROFILES'],
    ],
    [{ COMPOSE_ENV_FILES: '/srv/shop/.env' }, ['$COMPOSE_ENV_FILES']],
    [{ COMPOSE_PARALLEL_LIMIT: '1', COMPOSE_ANSI: 'never', DOCKER_HOST: 'tcp://h' }, []],
  ])('in the shell: %j', (env, expected) => {
    expect(found({ env })).toEqual(expected);
  });

  it.each([
    ['COMPOSE_PROJECT_NAME=shop\n', ['backend/.env 1 COMPOSE_PROJECT_NAME']],
    ['A=1\n export COMPOSE_FILE: "a.yml"\r\n', ['backend/.env 2 COMPOSE_FILE']],
    [`COMPOSE_PROJECT_NAME='${project}' # ours\n`, []],
    ['# COMPOSE_FILE=a.yml\nCOMPOSE_PROFILES=debug\n', []],
  ])('in backend/.env: %j', (envFile, expected) => {
    expect(found({ envFile })).toEqual(expected);
  });

  it('as a file that Compose prefers', () => {
    const names = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];
    expect(found({ names })).toEqual(['backend/compose.yaml', 'backend/compose.yml']);
  });
});

describe('the project that the files name', () => {
  const own = { name: 'docker-compose.yml', text: `name: ${project}\nservices: {}\n` };

  it.each([
    ['services: {}\n', 'docker-compose.yml', project],
    ['name: shop\n', 'docker-compose.override.yaml', 'shop'],
    ['name: "sh${X}op" # mine\n', 'docker-compose.override.yaml', 'sh${X}op'],
    ['name: [\n', 'docker-compose.yml', project],
    ['# nothing\n', 'docker-compose.yml', project],
  ])('is that of the last one: %j', (text, file, expected) => {
    const override = { name: 'docker-compose.override.yaml', text };
    expect(namedProject([own, override])).toEqual({ file: `backend/${file}`, project: expected });
  });

  it('is none where none does', () => {
    const aliased = 'x-name: &n own\nname: *n\n';
    expect(namedProject([{ name: 'a.yml', text: aliased }])?.project).toBe('own');
    expect(namedProject([{ name: 'docker-compose.yml', text: 'services: {}\n' }])).toBeUndefined();
  });
});
