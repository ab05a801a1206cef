import { defineCheck, failed, judgeKnown, ok } from './define.ts';
import type { Disk } from './facts/facts.ts';

/** A machine that is sold with 32 GB tells of less: firmware and kernel keep a part. 30 of 32 pass. */
const memoryTold = 15 / 16;
const gib = 1024 ** 3;
/** Disks are sold in these. */
const gb = 1000 ** 3;
/** Files of an installation and its history: what is surely needed where it lies. */
const leastForFiles = 1 * gb;

const os = defineCheck({
  id: 'os',
  title: 'The operating system is the one that the vendor tests',
  why: 'The vendor tests the platform on this system alone; others may do as well.',
  remedy: 'Nothing, if all else is well. Tell the vendor of the system when you ask for help.',
  severity: { check: 'advice', init: 'advice', update: 'advice' },
  concerns: 'host',
  needs: ['os', 'requires'],
  judge: ({ os, requires }) =>
    judgeKnown(os, '/etc/os-release', ({ id, version, name }) => {
      const [wantedId = '', wantedVersion = ''] = requires.os.toLowerCase().split(' ');
      if (id === wantedId && version === wantedVersion) return ok(name);
      return failed(`${name} is not what the vendor tests: ${requires.os}`);
    }),
});

const memory = defineCheck({
  id: 'memory',
  title: 'The host has the memory that the platform needs',
  why: 'The services together may use nearly all of it; without it the kernel ends one of them at the worst time.',
  remedy: 'Give the host more memory, or accept it with --ignore memory.',
  severity: { check: 'requirement', init: 'advice', start: 'requirement', update: 'advice' },
  concerns: 'host',
  needs: ['memory', 'requires'],
  judge: ({ memory, requires }) =>
    judgeKnown(memory, '/proc/meminfo', (bytes) => {
      const has = `${Math.round(bytes / gib)} GB of memory`;
      return bytes >= requires.memory_gb * memoryTold * gib
        ? ok(has)
        : failed(`${has}; the platform needs ${requires.memory_gb} GB`);
    }),
});

const diskInstallation = defineCheck({
  id: 'disk-installation',
  title: 'There is room where the installation lies',
  why: 'A full disk stops an update, and the platform itself.',
  remedy: 'Free some space there, or choose a folder on a larger disk.',
  severity: { check: 'requirement', init: 'requirement', start: 'advice', update: 'requirement' },
  concerns: 'host',
  needs: ['installationDisk', 'requires'],
  judge: ({ installationDisk, requires }) =>
    judgeKnown(installationDisk, 'The disk of the installation', (disk) => {
      const has = `${roomOn(disk)} free at ${disk.path}`;
      if (disk.free >= requires.disk_gb * gb) return ok(has);
      const asks = `${has}; the vendor asks for ${requires.disk_gb} GB`;
      return failed(asks, disk.free < leastForFiles ? {} : { severity: 'advice' });
    }),
});

const diskImages = defineCheck({
  id: 'disk-images',
  title: 'There is room where Docker keeps images',
  why: 'An update has the old and the new images there at the same time.',
  remedy:
    'Free some space there: `docker system df` shows what takes it, `proto-scaffold update --prune` removes old images.',
  severity: { check: 'requirement', init: 'advice', start: 'requirement', update: 'requirement' },
  concerns: 'host',
  needs: ['dockerDisk', 'requires'],
  judge: ({ dockerDisk, requires }) =>
    judgeKnown(dockerDisk, 'The disk of Docker', (disk) => {
      const has = `${roomOn(disk)} free at ${disk.path}${disk.guessed ? ", Docker's usual place" : ''}`;
      if (disk.free >= requires.disk_gb * gb) return ok(has);
      const asks = `${has}; the vendor asks for ${requires.disk_gb} GB`;
      // Images that are there need no more room.
      return failed(asks, disk.pulls === false || disk.guessed ? { severity: 'advice' } : {});
    }),
});

const diskDatabase = defineCheck({
  id: 'disk-database',
  title: "Docker's disk is as large as the vendor advises for the database",
  why: 'Conversations, files and attachments grow for years; a database on a full disk stops.',
  remedy:
    'Put DockerRootDir on a larger disk before the platform is used ("data-root" in /etc/docker/daemon.json).',
  severity: { check: 'advice', init: 'advice', update: 'advice' },
  concerns: 'host',
  needs: ['dockerDisk', 'requires'],
  judge: ({ dockerDisk, requires }) =>
    judgeKnown(dockerDisk, 'The disk of Docker', ({ size, path }) => {
      const has = `The disk at ${path} has ${Math.round(size / gb)} GB`;
      return size >= requires.database_disk_gb * gb
        ? ok(has)
        : failed(`${has}; ${requires.database_disk_gb} GB are advised for the database`);
    }),
});

/** Where a database loses data or locks, or Docker's overlay2 can not work. */
const unfit = /^(nfs\d?|cifs|smb3|smbfs|9p|virtiofs|fuse(\..+)?|vfat|exfat|ntfs\d?|msdos)$/;
const gone = /^(tmpfs|ramfs)$/;

const fileSystem = defineCheck({
  id: 'file-system',
  title: 'The file system is one for databases',
  why: "PostgreSQL's data lie there: network file systems lose or lock them, and what is in memory is gone after a restart.",
  remedy: 'Put DockerRootDir on a local ext4 or xfs ("data-root" in /etc/docker/daemon.json).',
  severity: { check: 'advice', start: 'advice' },
  concerns: 'host',
  needs: ['dockerDisk', 'docker'],
  judge: ({ dockerDisk, docker }) =>
    judgeKnown(dockerDisk, 'The disk of Docker', ({ path, mount }) => {
      const type = mount?.type ?? 'an unknown file system';
      if (mount?.readOnly) return failed(`${path} is mounted read-only`);
      if (unfit.test(type)) return failed(`${path} lies on ${type}`);
      if (gone.test(type)) return failed(`${path} lies in memory (${type})`);
      const engine = docker.kind === 'known' ? docker.value.engine : docker;
      if (engine.kind === 'known' && engine.value.storageDriver === 'vfs') {
        return failed(`Docker copies every layer whole on ${type} (storage driver vfs)`, {
          remedy:
            'Put DockerRootDir on a local ext4 or xfs, so that Docker can use overlay2; vfs takes many times the space.',
        });
      }
      return ok(`${path} lies on ${type}`);
    }),
});

function roomOn({ free }: Disk): string {
  return free < 10 * gb ? `${(free / gb).toFixed(1)} GB` : `${Math.floor(free / gb)} GB`;
}

export const hostChecks = [os, memory, diskInstallation, diskImages, diskDatabase, fileSystem];
