import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { Desk } from './program.ts';
import { type EmbeddedRegistry, startRegistry } from './registry/index.ts';
import { type ReleaseName, releaseFolder } from './releases.ts';
import { copyWithOwners } from './tree.ts';

/** An installation that `init` makes once for a test file. Each test has copies of it, which are removed after it. */
export class PreparedInstallation {
  registry!: EmbeddedRegistry;
  seed!: Desk;
  #desks: Desk[] = [];

  /** @param version of its release; by default, the newest */
  constructor(version?: ReleaseName) {
    beforeAll(async () => {
      this.registry = await startRegistry();
      await this.registry.seedRelease(version === undefined ? {} : { version, tags: ['stable'] });
      this.seed = this.#equipped();
      const old = version === undefined ? [] : ['--templates', releaseFolder(version)];
      const values = ['--url', 'chat.example-bank.com'];
      const { code, stderr } = await this.seed.run('init', ...values, ...old);
      expect(code, stderr).toBe(0);
    });
    afterEach(() => {
      for (const desk of this.#desks.splice(0)) desk.remove();
    });
    afterAll(async () => {
      this.seed.remove();
      await this.registry.close();
    });
  }

  /** A desk with credentials and a docker, and nothing else. */
  emptyDesk(): Desk {
    const desk = this.#equipped();
    this.#desks.push(desk);
    return desk;
  }

  copy(): Desk {
    const desk = this.emptyDesk();
    copyWithOwners(this.seed.path('proto'), desk.path('proto'));
    return desk;
  }

  #equipped(): Desk {
    const desk = new Desk(this.registry);
    desk.putDockerStandInOnPath();
    desk.credentials();
    return desk;
  }
}
