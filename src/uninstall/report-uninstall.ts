import type { Context } from '../context.ts';
import type { Lock } from '../installation/lock.ts';
import { quoted } from '../registry/load-credentials.ts';
import { type UninstallPlan, uninstallLines } from './plan-uninstall.ts';

/** What is going to be removed: seen by whoever is asked, whatever --quiet says. */
export function showUninstall(context: Context, plan: UninstallPlan, dryRun: boolean): void {
  const { reporter, interactive } = context;
  for (const line of uninstallLines(plan)) {
    if (dryRun) reporter.line(line);
    else if (interactive) reporter.question(line);
    else reporter.step(line);
  }
  if (dryRun) reporter.line('This was a dry run: nothing was changed.');
}

/** What was removed, what is still there, and how to have it again or be rid of it. */
export function reportUninstall(
  { reporter }: Context,
  plan: UninstallPlan,
  { registry, namespace }: Lock,
): void {
  const { installation, movedTo, volumes, keptVolumes, keptBackups } = plan;
  if (movedTo === undefined) {
    reporter.line(`Removed ${installation}, with ${volumes.length} volumes and all data in them.`);
  } else {
    reporter.line(`Uninstalled ${installation}: containers and networks are removed.`);
    reporter.line(`  Configuration and secrets are in ${movedTo} now.`);
  }
  if (keptVolumes.length > 0) {
    reporter.line(`  The data stays, in the volumes ${keptVolumes.join(', ')}.`);
    reporter.line('  To have it all again:');
    reporter.line(`    mv ${quoted(movedTo ?? '')} ${quoted(installation)}`);
    reporter.line(`    proto-scaffold start --dir ${quoted(installation)}`);
    if (plan.links.length > 0) {
      reporter.line(`    sudo proto-scaffold nginx --install --dir ${quoted(installation)}`);
    }
    reporter.line('  To be rid of it:');
    reporter.line(`    docker volume rm ${keptVolumes.join(' ')}`);
  }
  for (const file of keptBackups) reporter.line(`  The backup ${file} stays.`);
  const images = `docker image ls --quiet --filter 'reference=${registry}/${namespace}/*'`;
  reporter.line(`  Images stay; to remove them: docker image rm $(${images} | sort -u)`);
  reporter.line(`  Docker stays logged in: docker logout ${registry}`);
  reporter.result({ dryRun: false, plan });
}
