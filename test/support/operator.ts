import { readFileSync } from 'node:fs';
import { docker } from './engine/docker.ts';
import { type Desk, finished, type Outcome } from './program.ts';

/** An operator's hands on a platform that runs on the tests' engine: compose, the database, the bucket. */
export class Operator {
  readonly desk: Desk;

  constructor(desk: Desk) {
    this.desk = desk;
  }

  compose(...args: string[]): Promise<string> {
    return docker(['compose', ...args], {
      cwd: this.desk.path('proto/backend'),
      env: { DOCKER_CONFIG: this.desk.path('.docker') },
    });
  }

  sql(query: string): Promise<string> {
    const psql = ['psql', '--no-password', '-U', 'postgres', '-d', 'platform', '-Atc', query];
    return this.compose('exec', '-T', 'postgres', ...psql);
  }

  /** Puts an object into the bucket `files`, which is made if need be. */
  async put(key: string, content: string | Buffer): Promise<void> {
    const url = await this.#bucketUrl();
    await this.#ok(fetch(`${url}/files`, { method: 'PUT' }));
    await this.#ok(
      fetch(`${url}/files/${encodeURIComponent(key)}`, { method: 'PUT', body: content }),
    );
  }

  /** Every object, by key. */
  async objects(): Promise<Record<string, string>> {
    const url = await this.#bucketUrl();
    const listing = await (await this.#ok(fetch(`${url}/files`))).text();
    const keys = [...listing.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => String(match[1]));
    const contents = keys.map(async (key) => {
      const got = await this.#ok(fetch(`${url}/files/${encodeURIComponent(key)}`));
      return [key, await got.text()] as const;
    });
    return Object.fromEntries(await Promise.all(contents));
  }

  async #bucketUrl(): Promise<string> {
    const id = await this.compose('ps', '--quiet', 'bucket');
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    return `http://${await docker(['inspect', '--format', format, id])}:9000`;
  }

  async #ok(answer: Promise<Response>): Promise<Response> {
    const got = await answer;
    if (!got.ok) throw new Error(`${got.url}: ${got.status}`);
    return got;
  }
}

/** Fills a table with what does not compress, about that many megabytes. */
export function filler(megabytes: number): string {
  const rows = megabytes * 1000;
  const body =
    "(select string_agg(md5(random()::text || g || i), '') from generate_series(1, 32) i)";
  return `drop table if exists filler; create table filler as select g as id, ${body} as body from generate_series(1, ${rows}) g`;
}

/** Runs the program to its end and gives the most memory that it held, in kB (proc(5), VmHWM). */
export async function withMemory(
  desk: Desk,
  ...args: string[]
): Promise<Outcome & { readonly peak: number }> {
  const child = desk.spawn(...args);
  let peak = 0;
  const look = () => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended.
    }
  };
  const timer = setInterval(look, 10);
  try {
    return { ...(await finished(child)), peak };
  } finally {
    clearInterval(timer);
  }
}
