import { usedFiles } from '../compose/mounted-files.ts';
import { type OverrideFile, servicesOfOverride } from '../compose/override.ts';
import { UserError } from '../errors.ts';
import { imageReference } from '../installation/installation.ts';
import { identityOf, type Lock } from '../installation/lock.ts';
import type { FileChange, HostAction, Plan } from '../installation/plan.ts';
import { composeFile } from '../release/layout.ts';
import type { Secret } from '../secret.ts';

/** A file as the hash of its bytes, and as text for display. */
export interface KnownFile {
  readonly sha256: string;
  readonly content: Secret;
}

export interface RollbackInput {
  /** Absolute path. */
  readonly installation: string;
  /** The state to restore. */
  readonly target: {
    readonly n: number;
    readonly lock: Lock;
    readonly files: ReadonlyMap<string, KnownFile>;
  };
  /** That state and all later ones, in order. They can contain its static bundles, and show what did not exist. */
  readonly states: readonly (BundleState & { readonly absent: readonly string[] })[];
  readonly now: {
    readonly lock: Lock;
    /** The current versions of the files of that state, of the current state, and of the states in between. */
    readonly files: ReadonlyMap<string, KnownFile>;
    /** The hashes of the merge base on the disk. */
    readonly base: ReadonlyMap<string, string>;
  };
  readonly override: OverrideFile | undefined;
  /** Images of that state that are not on the host. */
  readonly missing: readonly string[];
  readonly running: boolean;
}

export interface RollbackPlan {
  readonly plan: Plan;
  readonly n: number;
  /** Static bundles to restore from a state. */
  readonly restored: readonly { readonly folder: string; readonly from: number }[];
  /** Folders of static bundles that did not exist in the state. */
  readonly removed: readonly string[];
  readonly nothingToDo: boolean;
}

/**
 * Computes a rollback of files, digests and static bundles to an earlier state. Data is not included.
 * @throws UserError STATE_DAMAGED; OVERRIDE_SERVICE_GONE
 */
export function planRollback(input: RollbackInput): RollbackPlan {
  const { installation, target, states, now, missing, running } = input;
  rejectOtherIdentity(input);
  rejectLostOverride(input);
  const sources = bundleSources(target, states, now.lock);
  const restored = sources.filter(isKept);
  const folders = new Set(sources.map(({ folder }) => folder));
  const removed = Object.values(now.lock.bundles)
    .map(({ folder }) => folder)
    .filter((folder) => !folders.has(folder));
  const files = fileChanges(input);
  const changes = files.length + restored.length + removed.length;
  const actions: HostAction[] = [
    ...(missing.length > 0 ? [{ kind: 'pull' as const, images: missing }] : []),
    ...(running ? [{ kind: 'stop' as const }] : []),
    ...restored.map(({ folder, from }) => ({
      kind: 'restore-bundle' as const,
      folder,
      state: from,
    })),
    ...removed.map((folder) => ({ kind: 'remove-bundle' as const, folder })),
  ];
  return {
    plan: { command: 'rollback', installation, actions, files },
    n: target.n,
    restored,
    removed,
    nothingToDo:
      changes === 0 && sameBase(target.lock, now.base) && sameRelease(target.lock, now.lock),
  };
}

/** The images of a lock file, as docker references. */
export function lockedImages({ registry, images }: Lock): string[] {
  return [...new Set(Object.values(images).map((artifact) => imageReference(registry, artifact)))];
}

function fileChanges(input: RollbackInput): FileChange[] {
  const { installation, target, states, now, override } = input;
  const put = [...target.files].flatMap(([path, { sha256, content }]): FileChange[] => {
    const present = now.files.get(path);
    if (present?.sha256 === sha256) return [];
    return [{ kind: present === undefined ? 'create' : 'update', path, content }];
  });
  const absent = new Set([...now.base.keys(), ...states.flatMap((state) => state.absent)]);
  // Compose refuses to start without what the override file uses.
  const used = override === undefined ? [] : usedFiles(override.text, installation);
  const gone = [...absent].flatMap((path): FileChange[] => {
    const present = now.files.get(path);
    if (present === undefined || target.files.has(path) || used.includes(path)) return [];
    return [{ kind: 'delete', path, content: present.content }];
  });
  return [...put, ...gone].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function isKept(source: BundleSource): source is { folder: string; from: number } {
  return source.from !== 'here';
}

function sameBase({ files }: Lock, base: ReadonlyMap<string, string>): boolean {
  const paths = Object.keys(files);
  return paths.length === base.size && paths.every((path) => base.get(path) === files[path]);
}

function sameRelease(one: Lock, other: Lock): boolean {
  const pinned = ({ release, registry, images, bundles }: Lock) =>
    JSON.stringify([release, registry, images, bundles]);
  return pinned(one) === pinned(other);
}

/** A state from before `adopt --new` names the data of the installation that this folder was copied from. */
function rejectOtherIdentity({ target, now }: RollbackInput): void {
  if (identityOf(target.lock) === identityOf(now.lock)) return;
  const message = `State ${target.n} is from before this folder became an installation of its own.`;
  throw new UserError('STATE_UNKNOWN', message, {
    hint: 'Its containers and data are those of another installation. Nothing was changed.',
  });
}

function rejectLostOverride({ override, target, now }: RollbackInput): void {
  if (override === undefined) return;
  const gone = servicesOfOverride(
    override.text,
    now.files.get(composeFile)?.content.reveal(),
    target.files.get(composeFile)?.content.reveal(),
  );
  if (gone.length === 0) return;
  throw new UserError(
    'OVERRIDE_SERVICE_GONE',
    `${override.name} uses ${gone.map(({ service }) => service).join(', ')}, which does not exist in state ${target.n}.`,
    {
      hint: 'Remove that service from the override file, then run the rollback again. Nothing was changed.',
      faults: gone.map(({ service, line }) => ({
        file: `backend/${override.name}`,
        line,
        key: `services.${service}`,
        message: 'is not a service of that state',
      })),
    },
  );
}

/** A state that contains bundles: their folders, and the state's lock file. */
export interface BundleState {
  readonly n: number;
  readonly lock: Lock;
  readonly folders: readonly string[];
}

/** Where the static bundle of a folder is: in the installation, or in the state with that number. */
export type BundleSource = { readonly folder: string; readonly from: 'here' | number };

/**
 * Finds the static bundles of an earlier state that differ from the current ones. A change that replaces a bundle
 * moves it to the state that it ends, so the bundle is in the first state from then on that has one.
 * @param states that state and all later ones, in order
 * @throws UserError STATE_DAMAGED if a bundle is no longer available
 */
export function bundleSources(
  target: { readonly n: number; readonly lock: Lock },
  states: readonly BundleState[],
  now: Lock,
): BundleSource[] {
  return Object.entries(target.lock.bundles).map(([name, { folder, digest }]): BundleSource => {
    if (bundleIn(now, folder) === digest) return { folder, from: 'here' };
    const keeper = states.find(({ folders }) => folders.includes(folder));
    if (keeper !== undefined && bundleIn(keeper.lock, folder) === digest) {
      return { folder, from: keeper.n };
    }
    const message = `The static bundle ${name} of state ${target.n} is no longer available.`;
    throw new UserError('STATE_DAMAGED', message);
  });
}

/** The digest of the bundle in a folder, according to a lock file. */
function bundleIn({ bundles }: Lock, folder: string): string | undefined {
  return Object.values(bundles).find((bundle) => bundle.folder === folder)?.digest;
}

/** A state in the list. `state` is absent if it is damaged. */
export interface ListedState {
  readonly n: number;
  readonly state?: { readonly kind: 'release' | 'config' };
}

/**
 * The state that `rollback [n]` restores. Without a number, the one before the last change of release.
 * @param states the oldest first
 * @throws UserError STATE_UNKNOWN
 */
export function chooseState(states: readonly ListedState[], n: number | undefined): number {
  if (states.length === 0) {
    throw new UserError('STATE_UNKNOWN', 'The history is empty: nothing has changed since init.', {
      hint: 'Every update, rollback and `config set` saves a state.',
    });
  }
  if (n === undefined) {
    const newest = states.findLast(({ state }) => state?.kind === 'release');
    if (newest !== undefined) return newest.n;
    throw new UserError(
      'STATE_UNKNOWN',
      'There is no update to roll back: only settings have changed since `init`.',
      {
        hint: 'To undo a settings change, run `proto-scaffold rollback STATE`. `proto-scaffold history` lists the states.',
      },
    );
  }
  if (states.some((state) => state.n === n)) return n;
  const known = states.map((state) => state.n).join(', ');
  throw new UserError('STATE_UNKNOWN', `State ${n} does not exist. Available states: ${known}.`);
}
