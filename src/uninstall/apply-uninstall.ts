import { basename, join } from 'node:path';
import { removeVolumes } from '../compose/compose-commands.ts';
import type { ComposeProject } from '../compose/docker.ts';
import { mustDocker } from '../compose/run-docker.ts';
import { takeDownAll } from '../compose/take-down-all.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { isMissing, listFolder, makeFolder, renameDurably } from '../lib/fs/files.ts';
import { isRemoved } from '../lib/fs/place.ts';
import { removeTree } from '../lib/fs/remove-tree.ts';
import { quoted } from '../lib/terminal/words.ts';
import { reloadCommandFor } from '../nginx/gather-nginx.ts';
import { nginxTestAll } from '../nginx/nginx.ts';
import { runNginx } from '../nginx/nginx-program.ts';
import { removeTrace } from '../nginx/site-copy.ts';
import { stateFolder } from '../release/layout.ts';
import { guardFile } from '../transaction/state-paths.ts';
import type { UninstallPlan } from './plan-uninstall.ts';

/**
 * Applies the plan, and removes the folder last. If it is interrupted, the same command completes it.
 */
export async function applyUninstall(
  context: Context,
  plan: UninstallPlan,
  project: ComposeProject,
): Promise<void> {
  context.signal.throwIfAborted();
  // Once started, the removal runs to its end.
  const withoutCancellation = { ...context, signal: new AbortController().signal };
  try {
    await remove(withoutCancellation, plan, project);
  } catch (error) {
    if (!(error instanceof UserError) || error.code === 'FOLDER_READ_ONLY') throw error;
    const { code, message, faults } = error;
    throw new UserError(code, message, {
      hint: `${error.hint} Part of the installation is already removed. Run the same command again to remove the rest.`,
      faults,
      left: 'half done',
    });
  }
}

async function remove(
  context: Context,
  plan: UninstallPlan,
  project: ComposeProject,
): Promise<void> {
  const { reporter } = context;
  await removeLinks(context, plan);
  if (plan.containers.length > 0) reporter.step('Stopping the platform');
  // An interrupted command takes the platform down before it moves its folder.
  const isDown =
    plan.staysEmpty === true &&
    plan.containers.length + plan.networks.length === 0 &&
    (await isMissing(join(plan.installation, 'backend')));
  if (!isDown) await takeDownAll(context, project);
  if (plan.volumes.length > 0) {
    reporter.step(`Removing ${plan.volumes.length} volumes`);
    await mustDocker(context, removeVolumes(plan.volumes), 'the volumes');
  }
  if (plan.staysEmpty) return empty(plan);
  if (plan.movedTo === undefined) {
    await removeTree(plan.installation);
    return;
  }
  await renameDurably(plan.installation, plan.movedTo);
  // The guard was moved with the folder, which is no longer held.
  await removeTree(join(plan.movedTo, guardFile));
}

/** Removes or moves the content of a folder, the state last, so that the same command completes an interrupted one. */
async function empty({ installation, movedTo }: UninstallPlan): Promise<void> {
  const names = ((await listFolder(installation)) ?? []).filter(
    (name) => name !== 'lost+found' && name !== stateFolder && !isRemoved(name),
  );
  if (movedTo !== undefined) await makeFolder(installation, basename(movedTo), () => 0o700);
  for (const name of [...names, stateFolder]) {
    if (movedTo === undefined) await removeTree(join(installation, name));
    else await renameDurably(join(installation, name), join(movedTo, name));
  }
  if (movedTo !== undefined) await removeTree(join(movedTo, guardFile));
}

async function removeLinks(
  context: Context,
  { installation, links, reloadNginx }: UninstallPlan,
): Promise<void> {
  const { reporter, root } = context;
  if (links.length === 0) return;
  if (!root) {
    const all = links.map(quoted).join(' ');
    throw new UserError('FOLDER_READ_ONLY', 'Only root can remove the site from nginx.', {
      hint: `Nothing was removed. First run: sudo rm ${all} && sudo systemctl reload nginx`,
    });
  }
  for (const link of links) await removeTrace(link, installation);
  if (!reloadNginx) return;
  reporter.step('Reloading nginx');
  for (const command of [nginxTestAll, await reloadCommandFor(context)]) {
    const { exitCode, stderr } = await runNginx(context, command);
    if (exitCode === 0) continue;
    reporter.notice(`nginx was not reloaded: ${stderr.trim().split('\n').at(-1)}`);
    return;
  }
}
