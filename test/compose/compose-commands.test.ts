import { describe, expect, it } from 'vitest';
import {
  composeLogs,
  composeLogTail,
  composeRestart,
  composeUp,
  projectContainers,
  psql,
} from '../../src/compose/compose-commands.ts';

const line = ({ program, args }: { program: string; args: readonly string[] }) =>
  [program, ...args].join(' ');

describe('the commands of docker compose', () => {
  it('start without pulling or building', () => {
    expect(line(composeUp())).toBe('docker compose up --detach --no-build --pull never');
    expect(line(composeRestart(['a', 'b']))).toBe('docker compose restart a b');
    expect(line(composeRestart([]))).toBe('docker compose restart');
  });

  it('give logs, and take no value for an option', () => {
    expect(line(composeLogs({ services: [], follow: false }))).toBe('docker compose logs --');
    const all = { services: ['a'], follow: true, since: '-x', tail: '10' };
    expect(line(composeLogs(all))).toBe('docker compose logs --follow --since=-x --tail=10 -- a');
    expect(line(composeLogTail('a', 20))).toBe(
      'docker compose logs --no-color --no-log-prefix --tail=20 -- a',
    );
  });

  it("open the database as the vendor's page says", () => {
    const database = { service: 'postgres', user: 'postgres', name: 'platform' };
    expect(line(psql(database, true, []))).toBe(
      'docker compose exec postgres psql -U postgres -d platform',
    );
    expect(psql(database, false, ['-c', 'select 1; -- "x"']).args.slice(2)).toEqual([
      '-T',
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
