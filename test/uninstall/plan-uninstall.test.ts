import { describe, expect, it } from 'vitest';
import {
  planUninstall,
  type UninstallInput,
  uninstallLines,
} from '../../src/uninstall/plan-uninstall.ts';

const input: UninstallInput = Object.freeze({
  installation: '/srv/proto',
  data: false,
  containers: ['proto-a-1'],
  networks: ['proto_default'],
  volumes: [
    { name: 'proto_data', bytes: 48_000_000 },
    { name: 'proto_large', bytes: null },
  ],
  links: ['/etc/nginx/sites-enabled/proto.conf'],
  nginxRuns: true,
  backups: ['/srv/proto/backups/1.tar', '/backup/2.tar', '/srv/proto-other/3.tar'],
  movedTo: '/srv/proto.removed-2026-11-26',
});

describe('the plan of uninstall', () => {
  it('keeps volumes, backups and the folder, and says so', () => {
    expect(uninstallLines(planUninstall(input))).toEqual([
      'Plan for /srv/proto: uninstall',
      '  - nginx site /etc/nginx/sites-enabled/proto.conf',
      '  > reload nginx',
      '  - container proto-a-1',
      '  - network proto_default',
      '  > move the folder, with configuration and secrets, to /srv/proto.removed-2026-11-26',
      '  = volume proto_data (48 MB) is kept',
      '  = volume proto_large is kept',
      '  = backup /srv/proto/backups/1.tar is kept',
      '  = backup /backup/2.tar is kept',
      '  = backup /srv/proto-other/3.tar is kept',
    ]);
  });

  it('with --data removes volumes, the folder and the backups in it, and none outside of it', () => {
    const plan = planUninstall({ ...input, data: true });
    expect(plan.movedTo).toBeUndefined();
    expect(plan.volumes).toEqual(['proto_data', 'proto_large']);
    expect(plan.backups).toEqual(['/srv/proto/backups/1.tar']);
    expect(plan.keptBackups).toEqual(['/backup/2.tar', '/srv/proto-other/3.tar']);
    const lines = uninstallLines(plan);
    expect(lines[0]).toBe('Plan for /srv/proto: uninstall WITH ALL DATA');
    expect(lines).toContain('  - DATA, PERMANENTLY: volume proto_data (48 MB)');
    expect(lines).toContain(
      '  - DATA, PERMANENTLY: folder /srv/proto, with configuration and secrets',
    );
  });

  it('does not reload an nginx that does not run, or that had no link', () => {
    expect(planUninstall({ ...input, nginxRuns: false }).reloadNginx).toBe(false);
    expect(planUninstall({ ...input, links: [] }).reloadNginx).toBe(false);
  });
});
