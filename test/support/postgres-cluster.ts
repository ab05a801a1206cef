import { execFileSync, type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** A real PostgreSQL of this machine with a database `platform`, which listens on a socket in a folder of its own. */
export class PostgresCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
  readonly data = join(this.folder, 'data');
  readonly programs = newestPrograms();

  static start(): PostgresCluster {
    const cluster = new PostgresCluster();
    if (isRoot) chownSync(cluster.folder, nobody.uid, nobody.gid);
    cluster.#own('initdb', ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']);
    const options = `-k ${cluster.folder} -c listen_addresses='' -c fsync=off`;
    cluster.#own('pg_ctl', ['-w', '-l', join(cluster.folder, 'log'), '-o', options, 'start']);
    cluster.sql('create database platform', { database: 'postgres' });
    return cluster;
  }

  /** What one of its programs prints. @throws if it fails, with what it says */
  run(program: string, args: readonly string[], input = ''): string {
    const env = { ...process.env, PGHOST: this.folder };
    const ran = spawnSync(join(this.programs, program), args, { env, input, encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`${program}: ${ran.stderr}`);
    return ran.stdout.trim();
  }

  sql(text: string, { user = 'postgres', database = 'platform' } = {}): string {
    const how = ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1'];
    return this.run('psql', [...how, '-U', user, '-d', database], text);
  }

  stop(): void {
    this.#own('pg_ctl', ['-w', '-m', 'immediate', 'stop']);
    rmSync(this.folder, { recursive: true });
  }

  /** The server refuses to run as root. */
  #own(program: string, args: readonly string[]): void {
    const options: SpawnSyncOptions = { cwd: this.folder, stdio: 'ignore', ...(isRoot && nobody) };
    execFileSync(join(this.programs, program), ['-D', this.data, ...args], options);
  }
}

const isRoot = userInfo().uid === 0;
const nobody = { uid: 65534, gid: 65534 };

function newestPrograms(): string {
  const versions = readdirSync('/usr/lib/postgresql').map(Number);
  return join('/usr/lib/postgresql', String(Math.max(...versions)), 'bin');
}
