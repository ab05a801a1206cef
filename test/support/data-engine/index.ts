import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { PostgresCluster } from '../postgres-cluster.ts';
import type { Desk } from '../program.ts';

/** An engine that keeps the platform's data in folders at a desk, so that a restore can be watched without Docker. */

const shell = fileURLToPath(new URL('docker.sh', import.meta.url));
const postgres = fileURLToPath(new URL('postgres.mjs', import.meta.url));
const realPostgres = fileURLToPath(new URL('real-postgres.mjs', import.meta.url));

/** What people have put into the platform. */
export interface Data {
  /** Rows of the database, and the password of its user. */
  readonly rows: string;
  readonly password: string;
  /** Objects of the bucket, by path. */
  readonly objects: Readonly<Record<string, string>>;
}

/** Whether there is one at a desk. */
export function hasEngine(desk: Desk): boolean {
  return existsSync(desk.path('.bin/engine'));
}

export class DataEngine {
  readonly folder: string;
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.folder = desk.path('.bin/engine');
    mkdirSync(this.folder, { recursive: true });
    desk.putOnPath('docker', front(this.folder, postgres));
    this.#describe();
  }

  /** The database is a real one from here on. Its volume keeps what it has. */
  useCluster({ programs, folder }: PostgresCluster): void {
    writeFileSync(join(this.folder, 'cluster'), `${programs}\n${folder}`);
    this.#desk.putOnPath('docker', front(this.folder, realPostgres));
  }

  put({ rows, password, objects }: Data): void {
    rmSync(join(this.folder, 'volumes'), { recursive: true, force: true });
    const [cluster, bucket] = [this.#volume('postgres'), this.#volume('bucket')];
    for (const at of [cluster, bucket]) mkdirSync(at, { recursive: true });
    const catalog = { databases: { platform: rows }, password };
    writeFileSync(join(cluster, 'catalog.json'), JSON.stringify(catalog));
    for (const [path, content] of Object.entries(objects)) {
      mkdirSync(join(bucket, path, '..'), { recursive: true });
      writeFileSync(join(bucket, path), content);
    }
  }

  /** As before the first start: there is not even a volume. */
  clear(): void {
    rmSync(join(this.folder, 'volumes'), { recursive: true, force: true });
  }

  /** The current data, and what a restore has left beside it. */
  get data(): Data & { readonly leftovers: readonly string[] } {
    const [cluster, bucket] = [this.#volume('postgres'), this.#volume('bucket')];
    const { databases, password } = JSON.parse(readFileSync(join(cluster, 'catalog.json'), 'utf8'));
    const { platform: rows, ...others } = databases as Record<string, string>;
    const objects: Record<string, string> = {};
    const hidden: string[] = [];
    for (const entry of readdirSync(bucket, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name).slice(bucket.length + 1);
      if (path.startsWith('.proto-')) hidden.push(path);
      else if (entry.isFile()) objects[path] = readFileSync(join(bucket, path), 'utf8');
    }
    return { rows: rows ?? '', password, objects, leftovers: [...Object.keys(others), ...hidden] };
  }

  /** As after `docker compose up` and `down` by hand. */
  touch(): void {
    const at = join(this.#volume('postgres'), 'postmaster.opts');
    if (!existsSync(at)) return;
    writeFileSync(at, 'postgres\n');
    // In the second in which the restore began no one could tell.
    const later = Date.now() / 1000 + 2;
    utimesSync(at, later, later);
  }

  /** The next time that a database gets another name, it does, and psql does not hear of it. */
  loseAnswer(): void {
    writeFileSync(join(this.folder, 'answer-lost'), '');
  }

  set running(does: boolean) {
    const at = join(this.folder, 'running');
    if (does) writeFileSync(at, '');
    else rmSync(at, { force: true });
  }

  /** As docker compose would print the files: long mounts, and names of volumes with the project. */
  #describe(): void {
    const text = readFileSync(this.#desk.path('proto/backend/docker-compose.yml'), 'utf8');
    const file = parse(text);
    const mount = (given: unknown) => {
      const [source, target] = String(given).split(':');
      return typeof given === 'string' ? { type: 'volume', source, target } : given;
    };
    const services = Object.entries<any>(file.services).map(([name, service]) => [
      name,
      { image: service.image, ports: service.ports, volumes: service.volumes?.map(mount) },
    ]);
    const volumes = Object.keys(file.volumes).map((name) => [name, { name: `x_${name}` }] as const);
    const config = { services: Object.fromEntries(services), volumes: Object.fromEntries(volumes) };
    writeFileSync(join(this.folder, 'config.json'), JSON.stringify(config));
    const names = Object.values(config.volumes).map(({ name }) => name);
    writeFileSync(join(this.folder, 'volumes.txt'), names.join('\n'));
  }

  #volume(service: 'postgres' | 'bucket'): string {
    const { services, volumes } = JSON.parse(
      readFileSync(join(this.folder, 'config.json'), 'utf8'),
    );
    const { source } = services[service].volumes.find(({ type }: any) => type === 'volume');
    return join(this.folder, 'volumes', volumes[source].name, 'data');
  }
}

function front(engine: string, rest: string): string {
  return `E='${engine}'\nNODE='${process.execPath}'\nREST='${rest}'\n. '${shell}'`;
}
