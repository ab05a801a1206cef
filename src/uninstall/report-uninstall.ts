import type { Context } from '../context.ts';
import type { Lock } from '../installation/lock.ts';
import { showPlan } from '../installation/show-plan.ts';
import { quoted } from '../lib/terminal/words.ts';
import { type UninstallPlan, uninstallLines } from './plan-uninstall.ts';

/** Shows what will be removed. */
export function showUninstall(
  context: Context,
  plan: UninstallPlan,
  { dryRun, yes }: { readonly dryRun: boolean; readonly yes: boolean },
): void {
  const { reporter } = context;
  const lines = uninstallLines(plan);
  if (dryRun) {
    for (const line of [...lines, 'This was a dry run: nothing was changed.']) reporter.line(line);
  } else showPlan(context, lines, yes);
}

/** Reports what was removed, what was kept, and how to restore or delete it. */
export function reportUninstall(
  { reporter }: Context,
  plan: UninstallPlan,
  { registry, namespace }: Lock,
): void {
  const { installation, movedTo, volumes, keptVolumes, keptBackups } = plan;
  if (movedTo === undefined) {
    reporter.line(`Removed ${installation} and ${volumes.length} volumes with all their data.`);
  } else {
    reporter.line(`Uninstalled ${installation}: removed containers and networks.`);
    reporter.line(`  Configuration and secrets are now in ${movedTo}.`);
  }
  if (keptVolumes.length > 0) {
    reporter.line(`  The data is kept in the volumes ${keptVolumes.join(', ')}.`);
    reporter.line('  To restore the installation:');
    const from = plan.staysEmpty
      ? `${quoted(movedTo ?? '')}/* ${quoted(movedTo ?? '')}/.proto`
      : quoted(movedTo ?? '');
    reporter.line(`    mv ${from} ${quoted(installation)}`);
    reporter.line(`    proto-scaffold start --dir ${quoted(installation)}`);
    if (plan.links.length > 0) {
      reporter.line(`    sudo proto-scaffold nginx --install --dir ${quoted(installation)}`);
    }
    reporter.line('  To delete the data:');
    reporter.line(`    docker volume rm ${keptVolumes.join(' ')}`);
  }
  for (const file of keptBackups) reporter.line(`  The backup ${file} is kept.`);
  const images = `docker image ls --quiet --filter 'reference=${registry}/${namespace}/*'`;
  reporter.line(`  Images are kept. To remove them: docker image rm $(${images} | sort -u)`);
  reporter.line(`  Docker is still logged in. To log out: docker logout ${registry}`);
  reporter.result({ dryRun: false, plan });
}
