import { readdirSync, rmSync } from 'node:fs';
import { expect } from 'vitest';
import { docker } from './engine/docker.ts';
import { filler, Operator } from './operator.ts';
import { Desk, type Outcome } from './program.ts';
import { lookAtHealthSooner } from './quick-health.ts';
import type { EmbeddedRegistry } from './registry/index.ts';
import { publish, startVendor } from './vendor.ts';

/** A platform with data on the tests' engine, to be backed up and restored. */
export class BackupRig {
  readonly registry: EmbeddedRegistry;
  readonly desk: Desk;
  readonly operator: Operator;

  private constructor(registry: EmbeddedRegistry) {
    this.registry = registry;
    this.desk = new Desk(registry);
    this.operator = new Operator(this.desk);
  }

  /** Installed, with database and bucket running, 20 MB in the one and three objects in the other. */
  static async open(): Promise<BackupRig> {
    const registry = await startVendor();
    await publish(registry, { version: '2026.11.0', tags: ['stable'] });
    const rig = new BackupRig(registry);
    rig.desk.credentials();
    const { code, stderr } = await rig.init();
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    await rig.upData();
    await rig.operator.sql(filler(20));
    for (const key of ['a.txt', 'folder/b "ü".txt']) {
      await rig.operator.put(key, `content of ${key}`);
    }
    await rig.operator.put('large.bin', 'x'.repeat(9_000_000));
    return rig;
  }

  async close(): Promise<void> {
    await this.operator.compose('down', '--volumes', '--remove-orphans', '--timeout', '1');
    await this.registry.close();
    this.desk.remove();
  }

  async init(): Promise<Outcome> {
    const outcome = await this.desk.run('init', '--url', 'chat.example-bank.com');
    lookAtHealthSooner(this.desk.path('proto'));
    return outcome;
  }

  /** What has data, and no more: the machine that runs the tests is small. */
  upData(): Promise<string> {
    return this.operator.compose('up', '-d', '--wait', 'postgres', 'bucket');
  }

  async uninstall(): Promise<void> {
    await this.operator.compose('down', '--volumes', '--timeout', '2');
    rmSync(this.desk.path('proto'), { recursive: true });
  }

  /** Files of backups, beside the installation. */
  beside(): string[] {
    return readdirSync(this.desk.folder).filter((name) => name.includes('proto-'));
  }

  /** Our own containers, by their ids. */
  keepers(): Promise<string> {
    return docker(['ps', '--all', '--quiet', '--filter', 'label=proto-scaffold.keeper']);
  }

  /** PostgreSQL tells of a restart after a crash in its log. */
  async mustNotHaveCrashed(): Promise<void> {
    expect(await this.operator.compose('logs', 'postgres')).not.toMatch(
      /terminating any other|in recovery/,
    );
  }
}
