import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  composeLogs,
  composeLogTail,
  composeRestart,
  composeUp,
  projectContainers,
  psql,
} from '../../src/compose/compose-commands.ts';

const project = {
  name: 'proto-1a2b3c',
  folder: '/srv/proto',
  files: ['docker-compose.yml', 'docker-compose.override.yaml'],
};
const identity =
  '--project-name proto-1a2b3c --project-directory /srv/proto/backend --file /srv/proto/backend/docker-compose.yml --file /srv/proto/backend/docker-compose.override.yaml';

const line = ({ program, args }: { program: string; args: readonly string[] }) =>
  [program, ...args].join(' ').replace(` ${identity}`, '');

describe('the commands of docker compose', () => {
  it('name their project, folder and files, whatever the environment says', () => {
    expect(composeUp(project)).toEqual({
      program: 'docker',
      args: ['compose', ...identity.split(' '), 'up', '--detach', '--no-build', '--pull', 'never'],
      cwd: '/srv/proto/backend',
    });
  });

  it('start without pulling or building', () => {
    expect(line(composeUp(project))).toBe('docker compose up --detach --no-build --pull never');
    expect(line(composeRestart(project, ['a', 'b']))).toBe('docker compose restart a b');
    expect(line(composeRestart(project, []))).toBe('docker compose restart');
  });

  it('are built in one place, so that none can leave its project out', () => {
    const src = fileURLToPath(new URL('../../src', import.meta.url));
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    );
    const builds = (pattern: RegExp) =>
      files.filter((path) => pattern.test(readFileSync(join(src, path), 'utf8')));
    expect(builds(/docker\(\s*'compose'/)).toEqual(['compose/docker.ts']);
    expect(builds(/program: 'docker'/)).toEqual(['compose/docker.ts']);
  });

  it('give logs, and take no value for an option', () => {
    expect(line(composeLogs(project, { services: [], follow: false }))).toBe(
      'docker compose logs --',
    );
    const all = { services: ['a'], follow: true, since: '-x', tail: '10' };
    expect(line(composeLogs(project, all))).toBe(
      'docker compose logs --follow --since=-x --tail=10 -- a',
    );
    expect(line(composeLogTail(project, 'a', 20))).toBe(
      'docker compose logs --no-color --no-log-prefix --tail=20 -- a',
    );
  });

  it("open the database as the vendor's page says", () => {
    const database = { service: 'postgres', user: 'postgres', name: 'platform' };
    const mark = 'MARK=1';
    expect(line(psql(project, database, { terminal: true, mark }, []))).toBe(
      'docker compose exec --env MARK=1 postgres psql -U postgres -d platform',
    );
    const options = { terminal: false, mark };
    expect(psql(project, database, options, ['-c', 'select 1; -- "x"']).args.slice(10)).toEqual([
      '-T',
      '--env',
      mark,
      'postgres',
      'psql',
      '-U',
      'postgres',
      '-d',
      'platform',
      '-c',
      'select 1; -- "x"',
    ]);
  });

  it('find containers by the label of the project', () => {
    expect(line(projectContainers('proto-1a2b3c'))).toBe(
      'docker ps --all --quiet --no-trunc --filter label=com.docker.compose.project=proto-1a2b3c',
    );
  });
});
