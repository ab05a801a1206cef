import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import type { UninstallPlan } from '../../src/uninstall/plan-uninstall.ts';
import { reportUninstall, showUninstall } from '../../src/uninstall/report-uninstall.ts';
import { installed } from '../support/releases.ts';

const { lock } = installed('2026.11.0');
const plan = {
  installation: '/srv/my proto',
  data: false,
  containers: [],
  networks: [],
  volumes: [],
  keptVolumes: ['a', 'b'],
  links: ['/etc/nginx/sites-enabled/proto.conf'],
  reloadNginx: true,
  backups: [],
  keptBackups: ['/b.tar'],
  sizes: new Map(),
  movedTo: '/srv/my proto.removed',
} as unknown as UninstallPlan;

/** What a reporter was given, by its method. */
function said(
  run: (context: Context) => void,
  interactive = false,
): { line: string[]; step: string[]; question: string[] } {
  const all = { line: [], step: [], question: [] };
  const into = (list: string[]) => (text: string) => void list.push(text);
  const { line, step, question } = all;
  const reporter = { line: into(line), step: into(step), question: into(question), result() {} };
  run({ reporter, interactive } as unknown as Context);
  return all;
}

describe('what uninstall will do', () => {
  const options = { dryRun: false, yes: true };

  it('is the result of a dry run, which says that nothing was changed', () => {
    const { line, step } = said((context) =>
      showUninstall(context, plan, { dryRun: true, yes: false }),
    );
    expect(line[0]).toContain('Plan for /srv/my proto');
    expect(line.at(-1)).toBe('This was a dry run: nothing was changed.');
    expect(step).toEqual([]);
  });

  it('is progress otherwise, and does not say that nothing was changed', () => {
    const { line, step } = said((context) => showUninstall(context, plan, options));
    expect(line).toEqual([]);
    expect(step[0]).toContain('Plan for /srv/my proto');
    expect(step.join()).not.toContain('dry run');
  });
});

describe('what uninstall has done', () => {
  const report = (change: Partial<UninstallPlan>) =>
    said((context) => reportUninstall(context, { ...plan, ...change }, lock)).line;

  it('names what is kept, and the commands that restore or delete it', () => {
    const lines = report({});
    expect(lines.slice(0, 8)).toEqual([
      'Uninstalled /srv/my proto: removed containers and networks.',
      '  Configuration and secrets are now in /srv/my proto.removed.',
      '  The data is kept in the volumes a, b.',
      '  To restore the installation:',
      "    mv '/srv/my proto.removed' '/srv/my proto'",
      "    proto-scaffold start --dir '/srv/my proto'",
      "    sudo proto-scaffold nginx --install --dir '/srv/my proto'",
      '  To delete the data:',
    ]);
    expect(lines[8]).toBe('    docker volume rm a b');
    expect(lines[9]).toBe('  The backup /b.tar is kept.');
    expect(lines.at(-1)).toBe(
      `  Docker is still logged in. To log out: docker logout ${lock.registry}`,
    );
    expect(report({ links: [] }).join()).not.toContain('nginx');
  });

  it('says that the data is gone where it is', () => {
    const gone = { movedTo: undefined, volumes: ['a', 'b'], keptVolumes: [], keptBackups: [] };
    const lines = report(gone);
    expect(lines[0]).toBe('Removed /srv/my proto and 2 volumes with all their data.');
    expect(lines.join()).not.toMatch(/To restore|To delete the data|is now in|backup/);
  });
});
