import { basename } from 'node:path';
import { composeProject } from '../compose/compose-project.ts';
import { composeModel, mustBeOneProject } from '../compose/containers.ts';
import { backendOf, type ComposeProject } from '../compose/docker.ts';
import type { ComposeModel } from '../compose/docker-answers.ts';
import {
  identityLabel,
  judgeOwnership,
  type Ownership,
  type OwnershipFacts,
} from '../compose/owner.ts';
import {
  forgetData,
  gatherOwnership,
  mustHaveData,
  recordUse,
  refuseForeign,
} from '../compose/ownership.ts';
import { mustHaveDocker } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { identityOf, stringifyLock } from '../installation/lock.ts';
import { type Plan, planData, planLines } from '../installation/plan.ts';
import { beginTransaction, type Installation } from '../installation/read-installation.ts';
import { agree, reportConcurrentEdits, showPlan } from '../installation/show-plan.ts';
import { sha256 } from '../lib/fs/files.ts';
import { randomIdentity, randomSuffix } from '../lib/fs/random.ts';
import { quoted } from '../lib/terminal/words.ts';
import { openInstallation } from '../open/open-installation.ts';
import { composeFile, fileMode, projectName } from '../release/layout.ts';
import { Secret } from '../secret.ts';

export interface AdoptOptions {
  readonly dir?: string;
  /** Become an installation of its own, without data. */
  readonly new: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/** Lets a folder own the data of its installation, or makes it an installation of its own. */
export async function adopt(context: Context, options: AdoptOptions): Promise<number> {
  const { dir, dryRun } = options;
  const open = { dir, command: 'proto-scaffold adopt', changes: !dryRun };
  await using installation = await openInstallation(context, open);
  const { folder } = installation;
  await mustHaveDocker(context, { engine: true });
  const project = await composeProject(folder);
  await mustBeOneProject(context, project);
  const model = await composeModel(context, project);
  const facts = await gatherOwnership(context, project, model);
  return options.new
    ? await becomeNew(context, installation, { ...facts, model }, options)
    : await ownData(context, project, facts, options);
}

async function ownData(
  context: Context,
  project: ComposeProject,
  facts: OwnershipFacts,
  options: AdoptOptions,
): Promise<number> {
  const { folder, running, present, wanted = [], owner, home } = facts;
  const ownership = judgeOwnership(facts);
  const [other] = running;
  if (ownership.foreign !== undefined) await refuseForeign(folder, ownership);
  if (other !== undefined) {
    const message = `The platform runs from ${other}.`;
    const stop =
      owner?.folder === other
        ? `proto-scaffold stop --dir ${quoted(other)}`
        : `cd ${quoted(backendOf(other))} && docker compose down`;
    throw new UserError('INSTALLATION_COPIED', message, {
      hint: `Stop it first: ${stop}. Nothing was changed.`,
    });
  }
  const missing = ownership.gone?.volumes.filter((name) => !present.has(name)) ?? [];
  if (missing.length > 0) await mustHaveData(folder, ownership);
  const last = owner?.folder ?? home?.folder;
  const volumes = [...present.keys()];
  const actions = isSettled(ownership)
    ? []
    : [
        {
          ...{ kind: 'own-data' as const, volumes },
          ...(last !== undefined && last !== folder && { from: last }),
        },
      ];
  const plan: Plan = { command: 'adopt', installation: folder, actions, files: [] };
  if (actions.length === 0) {
    context.reporter.line(`${folder} owns its data. Nothing to do.`);
    context.reporter.result({ ...planData(plan), changed: false });
    return ExitCode.done;
  }
  if (!(await approved(context, plan, options))) return ExitCode.done;
  await forgetData(folder);
  await recordUse(context, project, wanted);
  context.reporter.line(`${folder} owns the data now. To start the platform: proto-scaffold start`);
  context.reporter.result({ ...planData(plan), changed: true });
  return ExitCode.done;
}

/** Nothing keeps the folder from using its data. */
function isSettled({ copyOf, movedFrom, gone, newer, unowned }: Ownership): boolean {
  return [copyOf, movedFrom, gone, newer].every((one) => one === undefined) && unowned.length === 0;
}

async function becomeNew(
  context: Context,
  installation: Installation,
  facts: OwnershipFacts & { readonly model: ComposeModel },
  options: AdoptOptions,
): Promise<number> {
  const { folder, lock, base, current } = installation;
  const { copyOf, foreign } = judgeOwnership(facts);
  const isOwner = copyOf === undefined && foreign === undefined;
  if (isOwner && (facts.present.size > 0 || facts.startedHere)) {
    const message = `${folder} owns its data, which an installation of its own would not have.`;
    throw new UserError('USAGE', message, {
      hint: 'To have a second installation, copy the folder, and run this command in the copy. Nothing was changed.',
    });
  }
  const identity = {
    installation: randomIdentity(),
    project: projectName(basename(folder), randomSuffix()),
  };
  rejectSharedData(folder, lock.project, facts);
  const label = (quote: string, value: string) => `${identityLabel}: ${quote}${value}`;
  const labelled = (text: string) =>
    ['', '"', "'"].reduce(
      (all, quote) =>
        all.replaceAll(label(quote, identityOf(lock)), label(quote, identity.installation)),
      text,
    );
  const renamed = (text: string) => labelled(text).replaceAll(lock.project, identity.project);
  const texts = { base: base.get(composeFile), current: current.get(composeFile)?.text };
  const content = texts.current === undefined ? undefined : renamed(texts.current);
  const plan: Plan = {
    command: 'adopt',
    installation: folder,
    actions: [{ kind: 'new-identity', project: identity.project }],
    files:
      content === undefined
        ? []
        : [{ kind: 'update', path: composeFile, content: new Secret(content) }],
  };
  if (!(await approved(context, plan, options))) return ExitCode.done;
  await using transaction = await beginTransaction(installation);
  for (const { path, content } of plan.files) {
    const expected = current.get(path)?.sha256;
    await transaction.write({ path, content: content.reveal(), mode: fileMode(path), expected });
  }
  const rendered = new Map(base);
  if (texts.base !== undefined) rendered.set(composeFile, renamed(texts.base));
  await transaction.setBase(rendered);
  await transaction.setLock(
    stringifyLock({
      ...lock,
      ...identity,
      program: context.version,
      appliedAt: new Date().toISOString(),
      appliedBy: 'adopt',
      files: Object.fromEntries([...rendered].map(([path, text]) => [path, sha256(text)])),
    }),
  );
  const record = { why: 'adopt --new', kind: 'config' as const, release: lock.release };
  const { concurrentEdits } = await transaction.commit(record);
  reportConcurrentEdits(context, concurrentEdits);
  const { reporter } = context;
  reporter.line(`${folder} is an installation of its own now: ${identity.project}.`);
  reporter.line(
    'It publishes the same ports as the other one, so only one of them can run on this host.',
  );
  reporter.result({ ...planData(plan), changed: true });
  return ExitCode.done;
}

/**
 * Volumes with a name of their own, and folders outside of the installation, stay the same under another project: two
 * databases would use one volume.
 * @throws UserError VOLUME_FOREIGN
 */
function rejectSharedData(
  folder: string,
  project: string,
  { present, lock, model }: OwnershipFacts & { readonly model: ComposeModel },
): void {
  const volumes = model.volumes
    .map(({ name }) => name)
    .filter((name) => present.has(name) && !name.includes(project));
  const folders = model.writable
    .filter(({ service, path }) => lock.images[service] && !path.startsWith(`${folder}/`))
    .map(({ path }) => path);
  const shared = [...new Set([...volumes, ...folders])];
  if (shared.length === 0) return;
  const message = `The Compose files of ${folder} use data that does not depend on the project: ${shared.join(', ')}.`;
  throw new UserError('VOLUME_FOREIGN', message, {
    hint: 'Give these volumes and folders other names in docker-compose.yml and docker-compose.override.yml, or remove the lines. Then run the command again. Nothing was changed.',
  });
}

/** Shows the plan and asks. @returns false in a dry run */
async function approved(
  context: Context,
  plan: Plan,
  { dryRun, yes }: AdoptOptions,
): Promise<boolean> {
  const { reporter } = context;
  if (dryRun) {
    for (const line of planLines(plan)) reporter.line(line);
    reporter.line('This was a dry run: nothing was changed.');
    reporter.result({ dryRun: true, plan: planData(plan) });
    return false;
  }
  showPlan(context, planLines(plan), yes);
  await agree(context, planData(plan), yes);
  return true;
}
