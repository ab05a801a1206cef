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
    const [from, to] = [quoted(movedTo ?? ''), quoted(installation)];
    // Hidden files, too.
    const all = `find ${from} -mindepth 1 -maxdepth 1 -exec mv -t ${to} {} +`;
    reporter.line(`    ${plan.staysEmpty ? all : `mv ${from} ${to}`}`);
    reporter.line(`    proto-scaffold start --dir ${quoted(installation)}`);
    if (plan.links.length > 0) {
      reporter.line(`    sudo proto-scaffold nginx --install --dir ${quoted(installation)}`);
    }
    reporter.line('  To delete the data:');
    reporter.line(`    docker volume rm ${keptVolumes.join(' ')}`);
  }
  for (const file of keptBackups) {
    const isMoved = movedTo !== undefined && file.startsWith(`${installation}/`);
    const now = isMoved ? `${movedTo}${file.slice(installation.length)}` : file;
    reporter.line(`  The backup ${now} is kept.`);
  }
  for (const folder of plan.earlier ?? []) {
    reporter.line(`  ${folder} of an earlier uninstall is kept, with configuration and secrets.`);
    reporter.line(`  To delete it: rm -r ${quoted(folder)}`);
  }
  const images = `docker image ls --quiet --filter 'reference=${registry}/${namespace}/*'`;
  reporter.line(`  Images are kept. To remove them: docker image rm $(${images} | sort -u)`);
  reporter.line(`  Docker is still logged in. To log out: docker logout ${registry}`);
  reporter.result({ dryRun: false, plan });
}
