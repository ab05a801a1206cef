import * as z from 'zod';
import type { Home } from '../installation/home.ts';
import { compareImages, type VersionPair, type Versions } from '../installation/installation.ts';
import { identityOf, type Lock } from '../installation/lock.ts';
import { quoted } from '../lib/terminal/words.ts';
import type { ComposeVolume, EngineVolume } from './docker-answers.ts';

/**
 * Whose data the engine has. What runs and what is stored is known by the engine, not only by the folder: an empty
 * volume beside the platform's has labels with the installation that last used the data, its folder and its release.
 * Docker cannot change the labels of a volume, so that one is replaced at each start.
 */

export const identityLabel = 'proto-scaffold.installation';
const folderLabel = 'proto-scaffold.folder';
const releaseLabel = 'proto-scaffold.release';
const appliedLabel = 'proto-scaffold.applied-at';
const versionsLabel = 'proto-scaffold.images';

/** The name of the owner volume. A dot, which a key in a Compose file cannot begin with. */
export function ownerVolume(project: string): string {
  return `${project}.proto-scaffold`;
}

/** Who last used the data. */
export interface Owner {
  readonly identity: string;
  /** Absolute path of the installation, without links. */
  readonly folder: string;
  /** The release of the template set. */
  readonly release: string;
  /** When that release was applied in the folder (RFC 3339, UTC). */
  readonly appliedAt: string;
  readonly versions: Versions;
}

export function ownerOfLock(folder: string, lock: Lock): Owner {
  return {
    identity: identityOf(lock),
    folder,
    release: lock.release.version,
    appliedAt: lock.appliedAt,
    versions: Object.fromEntries(
      Object.values(lock.images).map(({ repository, version, digest }) => [
        repository,
        { digest, version },
      ]),
    ),
  };
}

export function ownerLabels(owner: Owner): Record<string, string> {
  return {
    [identityLabel]: owner.identity,
    [folderLabel]: owner.folder,
    [releaseLabel]: owner.release,
    [appliedLabel]: owner.appliedAt,
    [versionsLabel]: JSON.stringify(owner.versions),
  };
}

/** @returns `undefined` if these are not the labels of an owner */
export function ownerIn(labels: Readonly<Record<string, string>>): Owner | undefined {
  const { [identityLabel]: identity, [folderLabel]: folder } = labels;
  if (identity === undefined || folder === undefined) return undefined;
  return {
    identity,
    folder,
    release: labels[releaseLabel] ?? '',
    appliedAt: labels[appliedLabel] ?? '',
    versions: versionsIn(labels[versionsLabel]),
  };
}

const VersionsLabel = z.record(
  z.string(),
  z.object({ digest: z.string(), version: z.string().optional() }),
);

/** Anyone who can use the engine can set a label. */
function versionsIn(text = '{}'): Versions {
  try {
    return VersionsLabel.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

export interface OwnershipFacts {
  /** Absolute path of the installation, without links. */
  readonly folder: string;
  readonly lock: Lock;
  readonly home: Home | undefined;
  /** The volume with the owner's labels. */
  readonly owner: (Owner & Pick<EngineVolume, 'createdAt'>) | undefined;
  /** The volumes of the platform that exist in the engine, by name. */
  readonly present: ReadonlyMap<string, EngineVolume>;
  /** The volumes that the Compose files ask for; absent if they cannot be read. */
  readonly wanted: readonly ComposeVolume[] | undefined;
  /** Containers were started from this folder. */
  readonly startedHere: boolean;
  /** Other folders that are this installation: the same identity. */
  readonly others: readonly string[];
  /** Those of them from which containers were started. */
  readonly running: readonly string[];
}

/** What does not fit. Everything is absent in an installation with its own data. */
export interface Ownership {
  /** The installation is in another folder, and this one is a copy. */
  readonly copyOf?: string;
  /** Another folder is this installation, too, and nothing says which of the two is the copy. */
  readonly twin?: string;
  /** The volumes carry another installation's identity. */
  readonly foreign?: { readonly volumes: readonly string[]; readonly identity: string };
  /** It was last used in this folder, which is not an installation any more. */
  readonly movedFrom?: string;
  /** The containers were started from a copy of this folder, with its files. */
  readonly startedFrom?: string;
  /** There was data, which is not there. */
  readonly gone?: { readonly volumes: readonly string[]; readonly since: string | undefined };
  /** The data was last used with a release that was applied after the one in this folder. */
  readonly newer?: { readonly release: string; readonly pairs: readonly VersionPair[] };
  /** Volumes from before owners were recorded, to which nothing contradicts. */
  readonly unowned: readonly string[];
}

export function judgeOwnership(facts: OwnershipFacts): Ownership {
  const { folder, lock, home, owner, present, others, running } = facts;
  const identity = identityOf(lock);
  const foreign = foreignVolumes(facts);
  if (foreign !== undefined) return { foreign, unowned: [] };
  const last = owner?.folder ?? home?.folder;
  // Without data there is nothing that two folders could share.
  const isUsed = owner !== undefined || present.size > 0;
  const elsewhere = isUsed && last !== undefined && last !== folder && others.includes(last);
  const copyOf = elsewhere ? last : owner === undefined ? running[0] : undefined;
  if (copyOf !== undefined) return { copyOf, unowned: [] };
  const twin = isUsed && last === undefined && !facts.startedHere ? others[0] : undefined;
  if (twin !== undefined) return { twin, unowned: [] };
  const gone = goneVolumes(facts);
  const newer = newerRelease(facts);
  return {
    ...(last !== undefined && last !== folder && { movedFrom: last }),
    ...(running[0] !== undefined && { startedFrom: running[0] }),
    ...(gone.length > 0 && { gone: { volumes: gone, since: home?.since } }),
    ...(newer !== undefined && { newer }),
    unowned:
      owner === undefined && home?.since === undefined
        ? [...present].filter(([, { labels }]) => labels[identityLabel] !== identity).map(first)
        : [],
  };
}

function first<T>([name]: readonly [T, unknown]): T {
  return name;
}

function foreignVolumes({ lock, owner, present }: OwnershipFacts): Ownership['foreign'] {
  const identity = identityOf(lock);
  const strangers = [...present].flatMap(([name, { labels }]) => {
    const label = labels[identityLabel];
    return label === undefined || label === identity ? [] : [{ name, identity: label }];
  });
  if (owner !== undefined && owner.identity !== identity) {
    return { volumes: [ownerVolume(lock.project), ...present.keys()], identity: owner.identity };
  }
  const [one] = strangers;
  return one && { volumes: strangers.map(({ name }) => name), identity: one.identity };
}

/**
 * The volumes that held data and do not exist, or were created after it. The engine takes the time from the folder of a
 * volume, so moving its data root changes them all; the owner volume's shows that.
 */
function goneVolumes({ home, owner, present, wanted }: OwnershipFacts): string[] {
  const isMoved = owner !== undefined && owner.createdAt !== home?.ownerCreatedAt;
  return Object.entries(home?.volumes ?? {}).flatMap(([place, volume]) => {
    const asked = wanted?.find(({ service, target }) => placeOf(service, target) === place);
    // The operator keeps this data elsewhere now, such as in a folder.
    if (wanted !== undefined && asked === undefined) return [];
    const name = asked?.name ?? volume.name;
    const found = present.get(name);
    if (found === undefined) return [name];
    const isSame =
      name !== volume.name ||
      isMoved ||
      found.createdAt === undefined ||
      volume.createdAt === undefined ||
      found.createdAt === volume.createdAt;
    return isSame ? [] : [name];
  });
}

/** A folder that was put back has an older release, which was applied before the one that the data was used with. */
function newerRelease({ folder, lock, owner }: OwnershipFacts): Ownership['newer'] {
  if (owner === undefined || lock.appliedAt >= owner.appliedAt) return undefined;
  const { differ, older, isNewer } = compareImages(
    ownerOfLock(folder, lock).versions,
    owner.versions,
  );
  if (!differ || (isNewer && older.length === 0)) return undefined;
  return { release: owner.release, pairs: older };
}

/** The place of data in a platform. */
export function placeOf(service: string, target: string): string {
  return `${service}:${target}`;
}

export interface OwnerProblem {
  /** Absent for a problem that stops no command. */
  readonly code?: 'INSTALLATION_COPIED' | 'VOLUME_FOREIGN' | 'DATA_GONE' | 'RELEASE_OLDER';
  readonly message: string;
  readonly hint: string;
}

/** What keeps this folder from using its data, in words. */
export function ownerProblems(
  folder: string,
  lock: Lock,
  { copyOf, twin, foreign, startedFrom, gone, newer }: Ownership,
): OwnerProblem[] {
  const at = `--dir ${quoted(folder)}`;
  return [
    ...(copyOf === undefined
      ? []
      : [
          {
            code: 'INSTALLATION_COPIED' as const,
            message: `${folder} is a copy of the installation in ${copyOf}, which owns the containers and the data.`,
            hint: `To use that one, pass --dir ${quoted(copyOf)}. If this folder replaces it, stop that one and run \`proto-scaffold adopt ${at}\`. To make this folder an installation of its own, without data, run \`proto-scaffold adopt --new ${at}\`. To remove the copy, delete the folder.`,
          },
        ]),
    ...(twin === undefined
      ? []
      : [
          {
            code: 'INSTALLATION_COPIED' as const,
            message: `${folder} and ${twin} are the same installation, and it is not recorded which of them owns the containers and the data.`,
            hint: `Run \`proto-scaffold adopt\` in the one that does. Then run \`proto-scaffold adopt --new\` in the other one, or delete it.`,
          },
        ]),
    ...(foreign === undefined
      ? []
      : [
          {
            code: 'VOLUME_FOREIGN' as const,
            message: `The volumes ${foreign.volumes.join(', ')} belong to another installation, ${foreign.identity}.`,
            hint: `\`docker volume inspect\` shows their labels. To make this folder an installation of its own, with other volumes, run \`proto-scaffold adopt --new ${at}\`. Nothing was changed.`,
          },
        ]),
    ...(gone === undefined
      ? []
      : [
          {
            code: 'DATA_GONE' as const,
            message: `The platform has had data${gone.since === undefined ? '' : ` since ${gone.since}`}, but these volumes do not exist, or were created later: ${gone.volumes.join(', ')}.`,
            hint: "If Docker stores its data in another folder now, switch back (docker info -f '{{.DockerRootDir}}'). If you put the data there yourself, run `proto-scaffold adopt`. To begin with an empty database, run `proto-scaffold start --begin-empty`. Nothing was changed.",
          },
        ]),
    ...(newer === undefined
      ? []
      : [
          {
            code: 'RELEASE_OLDER' as const,
            message: `The data was last used with release ${newer.release}, which was applied later than the release ${lock.release.version} in this folder${versions(newer.pairs)}.`,
            hint: 'An older version of the folder may have been put back. To install the newer release, run `proto-scaffold update`. To return to the older one, restore a backup that it made. To use the data with this release anyway, run `proto-scaffold adopt`. Nothing was changed.',
          },
        ]),
    ...(startedFrom === undefined
      ? []
      : [
          {
            message: `The containers were started from ${startedFrom}, a copy of this folder, with its files.`,
            hint: `Stop them with \`proto-scaffold stop ${at}\`. To make that folder an installation of its own, run \`proto-scaffold adopt --new --dir ${quoted(startedFrom)}\`.`,
          },
        ]),
  ];
}

function versions(pairs: readonly VersionPair[]): string {
  const all = pairs.map(
    ({ repository, ours, theirs }) => `${repository} ${theirs} there, ${ours} here`,
  );
  return all.length === 0 ? '' : `: ${all.join('; ')}`;
}
