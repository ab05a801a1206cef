import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BackupRig } from '../support/backup-rig.ts';
import { docker } from '../support/engine/docker.ts';
import { filler } from '../support/operator.ts';

/** The platform with no more rights than release.yml names, on a real engine with real PostgreSQL: what operators do works. */

let rig: BackupRig;

beforeAll(async () => {
  rig = await BackupRig.open();
});
afterAll(() => rig.close());

const up = () => rig.operator.compose('up', '-d', '--wait');

interface Inspected {
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: {
    readonly CapAdd: readonly string[] | null;
    readonly CapDrop: readonly string[];
    readonly SecurityOpt: readonly string[];
    readonly ReadonlyRootfs: boolean;
    readonly PidsLimit: number;
    readonly GroupAdd: readonly string[];
  };
}

it('each container has what its service names, and none is in group 0', async () => {
  await up();
  const ids = (await docker(['ps', '--quiet'])).split('\n');
  const all: Inspected[] = JSON.parse(await docker(['inspect', ...ids]));
  expect(all).toHaveLength(5);
  for (const { Config, HostConfig } of all) {
    const service = Config.Labels['com.docker.compose.service'];
    expect(HostConfig.CapDrop, service).toEqual(['ALL']);
    expect(HostConfig.CapAdd ?? [], service).toHaveLength(service === 'postgres' ? 5 : 0);
    expect(HostConfig.SecurityOpt, service).toContain('no-new-privileges:true');
    expect(HostConfig.ReadonlyRootfs, service).toBe(true);
    expect(HostConfig.PidsLimit, service).toBeGreaterThan(0);
    expect(HostConfig.GroupAdd, service).not.toContain('0');
  }
});

it('database and bucket do not reach each other, nor the outside', async () => {
  const from = (service: string, target: string) =>
    rig.operator
      .compose('exec', '-T', service, 'node', '-e', tryConnection, target)
      .catch((error) => String(error.stdout));
  expect(await from('platform', 'postgres:5432')).toContain('connected');
  expect(await from('platform', 'bucket:9000')).toContain('connected');
  expect(await from('bucket', 'postgres:5432')).toMatch(/ENOTFOUND|EAI_AGAIN/);
  const address = await docker([
    ...['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'],
    await rig.operator.compose('ps', '--quiet', 'postgres'),
  ]);
  expect(await from('platform', `${address}:5432`)).toContain('connected');
  expect(await from('bucket', `${address}:5432`)).toMatch(/UNREACH|timeout/);
  // An internal network gives its containers no way out.
  expect(
    await rig.operator.compose('exec', '-T', 'postgres', 'cat', '/proc/net/route'),
  ).not.toMatch(/^\S+\t0{8}\t/m);
});

const tryConnection = `
const [host, port] = process.argv[1].split(':');
const say = (text) => { console.log(text); process.exit(); };
setTimeout(() => say('timeout'), 5000);
require('net').connect(port, host).on('connect', () => say('connected')).on('error', ({ code }) => say(code));`;

it('check finds nothing that a container has beyond its work', async () => {
  const { document } = await rig.desk.json('check');
  const findings = document.result.findings as { id: string; state: string; found: string }[];
  expect(findings.find(({ id }) => id === 'container-hardening')).toMatchObject({ state: 'ok' });
});

it('psql, a backup, a new password and a restore work', async () => {
  await rig.operator.sql(filler(1));
  const psql = await rig.desk.run('psql', '--', '-Atc', 'select count(*) from filler');
  expect([psql.code, psql.stdout.trim()]).toEqual([0, '1000']);
  const { document, code } = await rig.desk.json('backup');
  expect(code).toBe(0);
  await rig.operator.sql('truncate filler');
  const secret = () =>
    readFileSync(rig.desk.path('proto/backend/secrets/postgres_password'), 'utf8');
  const before = secret();
  const rotated = await rig.desk.run('config', 'rotate', 'database.password', '--yes');
  expect(rotated.code, rotated.stderr).toBe(0);
  expect(secret()).not.toBe(before);
  const restored = await rig.desk.run('restore', '--yes', document.result.file);
  expect(restored.code, restored.stderr).toBe(0);
  await up();
  expect(await rig.operator.sql('select count(*) from filler')).toBe('1000');
  expect(await rig.operator.objects()).toHaveProperty(['a.txt']);
});
