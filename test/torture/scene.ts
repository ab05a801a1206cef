import { appendFileSync } from 'node:fs';
import { DataEngine } from '../support/data-engine/index.ts';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { releaseFolder } from '../support/releases.ts';
import { copyWithOwners } from '../support/tree.ts';

/** What is attacked: installations as operators have them, made once and copied for every attack. */

export type Start = 'nothing' | 'installed' | 'updated' | 'restorable';

/** Lines of the operator's own, by file: none of them may ever be missing. */
export const edits: Readonly<Record<string, string>> = {
  'backend/config/platform.toml': '# mine: platform',
  'backend/docker-compose.yml': '# mine: compose',
  'backend/docker-compose.override.yml': '# mine: override',
  'nginx/notes.txt': '# mine: notes',
};

/** Of an installation with data, before both were changed. */
export const backupFile = 'b.tar';
const host = 'chat.example-bank.com';

/** A changing command that finds nothing to change: all it does is what every one does first. */
export const neutral = ['config', 'set', 'app.base_url', `https://${host}`];

export class Scene {
  readonly registry: EmbeddedRegistry;
  readonly #seeds: ReadonlyMap<Start, Desk>;

  private constructor(registry: EmbeddedRegistry, seeds: ReadonlyMap<Start, Desk>) {
    this.registry = registry;
    this.#seeds = seeds;
  }

  /** An installation of an older release with edits; one that was brought to the newest; that one with data and a backup. */
  static async open(): Promise<Scene> {
    const registry = await startRegistry();
    await registry.seedRelease({ version: '2026.9.0', tags: ['stable'] });
    const installed = deskAt(registry);
    installed.write('values.toml', `url = "${host}"\n`);
    const values = ['--values', 'values.toml'];
    await must(installed, 'init', ...values, '--templates', releaseFolder('2026.9.0'));
    for (const [path, line] of Object.entries(edits)) {
      appendFileSync(installed.path('proto', path), `${line}\n`);
    }
    await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
    const updated = deskAt(registry);
    copyWithOwners(installed.path('proto'), updated.path('proto'));
    await must(updated, 'update', '--yes');
    const restorable = deskAt(registry);
    copyWithOwners(updated.path('proto'), restorable.path('proto'));
    const engine = new DataEngine(restorable);
    engine.put({ rows: 'backed up', password: 'backed up', objects: { 'a/b': 'a', same: 'a' } });
    await must(restorable, 'backup', backupFile);
    engine.put({ rows: 'later', password: 'later', objects: { 'c/d': 'later', same: 'later' } });
    await must(restorable, 'config', 'set', 'openai.provider', 'azure');
    const nothing = deskAt(registry);
    const seeds = new Map<Start, Desk>([
      ['nothing', nothing],
      ['installed', installed],
      ['updated', updated],
      ['restorable', restorable],
    ]);
    return new Scene(registry, seeds);
  }

  /** A desk with a copy of what an attack starts from. The caller removes it. */
  desk(start: Start): Desk {
    const desk = deskAt(this.registry);
    const seed = this.#seeds.get(start);
    if (seed !== undefined && start !== 'nothing') {
      copyWithOwners(seed.path('proto'), desk.path('proto'));
    }
    if (seed !== undefined && start === 'restorable') {
      copyWithOwners(seed.path('.bin/engine'), desk.path('.bin/engine'));
      copyWithOwners(seed.path(backupFile), desk.path(backupFile));
      new DataEngine(desk);
    }
    return desk;
  }

  async close(): Promise<void> {
    for (const seed of this.#seeds.values()) seed.remove();
    await this.registry.close();
  }
}

/** With a docker whose engine has nothing running, no volume and every image. */
function deskAt(registry: EmbeddedRegistry): Desk {
  const desk = new Desk(registry);
  desk.credentials();
  desk.putDockerStandInOnPath();
  return desk;
}

async function must(desk: Desk, ...args: string[]): Promise<void> {
  const { code, stderr } = await desk.run(...args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
}
