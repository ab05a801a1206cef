import { join } from 'node:path';
import type { Context } from '../context.ts';
import { type Plan, planData, planLines } from '../installation/plan.ts';
import { hasHelper } from '../registry/docker-config-file.ts';
import { shown } from '../registry/load-credentials.ts';
import { configFolder, ownCertificate } from '../release/layout.ts';
import type { Unset } from '../render/render.ts';
import { printNextSteps } from '../start/report-started.ts';
import type { InitPlan } from './plan-init.ts';

export function reportDryRun(context: Context, { plan, unset }: InitPlan): void {
  const { reporter } = context;
  for (const line of planLines(plan)) reporter.line(line);
  reportUnset(context, unset, shown(context, plan.installation));
  reporter.line();
  reporter.line('This was a dry run: no server was contacted and nothing was changed.');
  reporter.result({ dryRun: true, plan: planData(plan), unset: unsetData(unset) });
}

/** Reports what was created, what is still unset, and the next command. */
export async function reportInit(context: Context, { plan, lock, unset }: InitPlan): Promise<void> {
  const { reporter } = context;
  const folder = shown(context, plan.installation);
  const images = Object.keys(lock.images).length;
  const bundles = Object.keys(lock.bundles).length;
  reporter.line(`Created ${folder}: release ${lock.release.version} (${lock.release.tag}).`);
  reporter.line(
    `  ${images} images and ${bundles} static bundles are pinned by digest; ${plan.files.length} files were written.`,
  );
  reporter.line(
    (await hasHelper(context, lock.registry))
      ? `  Docker gets its login to ${lock.registry} through the credential helper.`
      : `  Docker is logged in to ${lock.registry} for 12 hours.`,
  );
  reporter.line('  The platform is not running yet.');
  reportUnset(context, unset, folder);
  if (lock.hosting === 'hybrid') reportHybrid(context, plan);
  reporter.line();
  const commands = printNextSteps(
    context,
    plan,
    unset.some(({ mandatory }) => mandatory)
      ? `Next: set these values in ${join(folder, configFolder)}, then start the platform:`
      : undefined,
  );
  reporter.result({
    installation: plan.installation,
    release: lock.release,
    registry: lock.registry,
    images: lock.images,
    bundles: lock.bundles,
    files: plan.files.map(({ path }) => path),
    unset: unsetData(unset),
    next: commands,
  });
}

function reportHybrid({ reporter }: Context, { files }: Plan): void {
  reporter.line();
  reporter.line(
    files.some(({ path }) => path === ownCertificate.certificate)
      ? 'A certificate was created and signed by a new CA.'
      : 'The host uses your certificate, or you can create one when the host name is set: proto-scaffold certificate',
  );
  reporter.line('To print the connection details for the vendor: proto-scaffold connection');
}

function reportUnset(context: Context, unset: readonly Unset[], folder: string): void {
  if (unset.length === 0) return;
  const places = unset.map(
    ({ file, line, key }) => [`${join(folder, file)}:${line}`, key] as const,
  );
  const widths = [0, 1].map((column) =>
    Math.max(...places.map((place) => place[column as 0 | 1].length)),
  );
  context.reporter.line();
  context.reporter.line('Not set yet:');
  for (const [index, [place, key]] of places.entries()) {
    const { mandatory, about } = unset[index] as Unset;
    const what = mandatory ? about : `${about} (optional)`;
    context.reporter.line(
      `  ${place.padEnd(widths[0] ?? 0)}  ${key.padEnd(widths[1] ?? 0)}  ${what}`,
    );
  }
}

function unsetData(unset: readonly Unset[]): object[] {
  return unset.map(({ file, line, key, placeholder, mandatory }) => ({
    file,
    line,
    key,
    placeholder,
    mandatory,
  }));
}
