import { defineCheck, failed, judgeKnown, notApplicable, ok } from './define.ts';
import type { Disk } from './facts/facts.ts';

/** A machine sold with 32 GB reports less, because firmware and kernel reserve a part. 30 of 32 pass. */
const memoryTold = 15 / 16;
const gib = 1024 ** 3;
/** Decimal gigabyte, the unit that disks are sold in. */
const gb = 1000 ** 3;
/** The minimum disk space for the files of an installation and its history. */
const leastForFiles = 1 * gb;

const os = defineCheck({
  id: 'os',
  title: 'The vendor tests this operating system',
  why: 'The vendor tests the platform only on this system. Other systems may work too.',
  remedy:
    'If all other checks pass, you do not need to do anything. When you ask the vendor for help, mention your operating system.',
  severity: { check: 'advice', init: 'advice', update: 'advice' },
  concerns: 'host',
  needs: ['os', 'requires'],
  judge: ({ os, requires }) =>
    judgeKnown(os, '/etc/os-release', ({ id, version, name }) => {
      const [wantedId = '', wantedVersion = ''] = requires.os.toLowerCase().split(' ');
      if (id === wantedId && version === wantedVersion) return ok(name);
      return failed(`This host runs ${name}; the vendor tests ${requires.os}`);
    }),
});

const runtime = defineCheck({
  id: 'runtime',
  title: 'No variable weakens the program',
  why: 'Some variables of Node, OpenSSL and Go switch off the verification of servers, or print logins. proto-scaffold does not obey them, but other programs do.',
  remedy: 'Unset the variables, and remove them from the profile of this user.',
  severity: { check: 'advice' },
  concerns: 'host',
  needs: ['variables'],
  judge: ({ variables }) => {
    if (variables.length === 0) return ok('No such variable is set');
    const names = variables.map(({ file }) => file).join(', ');
    return failed(`Set in this environment: ${names}`, { faults: variables });
  },
});

const memory = defineCheck({
  id: 'memory',
  title: 'The host has enough memory',
  why: 'The services together can use nearly all of the memory. Without enough memory, the kernel kills a service under load.',
  remedy: 'Add memory to the host, or skip this check with --ignore memory.',
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
  title: 'The disk of the installation has enough free space',
  why: 'A full disk stops updates and the platform.',
  remedy: 'Free some space, or choose a folder on a larger disk.',
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
  title: 'The disk of Docker has enough free space for images',
  why: 'During an update, the old and the new images are on the disk at the same time.',
  remedy:
    'Free some space. `docker system df` shows what uses it, and `proto-scaffold update --prune` removes old images.',
  severity: { check: 'requirement', init: 'advice', start: 'requirement', update: 'requirement' },
  concerns: 'host',
  engine: true,
  needs: ['dockerDisk', 'requires'],
  judge: ({ dockerDisk, requires }) =>
    judgeKnown(dockerDisk, 'The disk of Docker', (disk) => {
      const has = `${roomOn(disk)} free at ${disk.path}${disk.guessed ? ' (the default folder of Docker)' : ''}`;
      if (disk.free >= requires.disk_gb * gb) return ok(has);
      const asks = `${has}; the vendor asks for ${requires.disk_gb} GB`;
      // Images that are already present need no more space.
      return failed(asks, disk.pulls === false || disk.guessed ? { severity: 'advice' } : {});
    }),
});

const diskDatabase = defineCheck({
  id: 'disk-database',
  title: 'The disk of Docker is large enough for the database',
  why: 'Conversations, files and attachments grow over the years. The database stops when its disk is full.',
  remedy:
    'Move DockerRootDir to a larger disk before you use the platform ("data-root" in /etc/docker/daemon.json).',
  severity: { check: 'advice', init: 'advice', update: 'advice' },
  concerns: 'host',
  engine: true,
  needs: ['dockerDisk', 'requires'],
  judge: ({ dockerDisk, requires }) =>
    judgeKnown(dockerDisk, 'The disk of Docker', ({ size, path }) => {
      const has = `The disk at ${path} has ${Math.round(size / gb)} GB`;
      return size >= requires.database_disk_gb * gb
        ? ok(has)
        : failed(`${has}; the vendor recommends ${requires.database_disk_gb} GB for the database`);
    }),
});

/** File systems where a database loses data or locks, or where Docker's overlay2 does not work. */
const unfit = /^(nfs\d?|cifs|smb3|smbfs|9p|virtiofs|fuse(\..+)?|vfat|exfat|ntfs\d?|msdos)$/;
const gone = /^(tmpfs|ramfs)$/;

const fileSystem = defineCheck({
  id: 'file-system',
  title: 'The file system is suitable for a database',
  why: 'It contains the PostgreSQL data. Network file systems can lose or lock the data, and a file system in memory is lost after a restart.',
  remedy:
    'Move DockerRootDir to a local ext4 or xfs file system ("data-root" in /etc/docker/daemon.json).',
  severity: { check: 'advice', start: 'advice' },
  concerns: 'host',
  needs: ['dockerDisk', 'docker'],
  judge: ({ dockerDisk, docker }) =>
    judgeKnown(dockerDisk, 'The disk of Docker', ({ path, mount }) => {
      const type = mount?.type ?? 'an unknown file system';
      if (mount?.readOnly) return failed(`${path} is mounted read-only`);
      if (unfit.test(type)) return failed(`${path} is on ${type}`);
      if (gone.test(type)) return failed(`${path} is in memory (${type})`);
      const engine = docker.kind === 'known' ? docker.value.engine : docker;
      if (engine.kind === 'known' && engine.value.storageDriver === 'vfs') {
        return failed(`Docker copies every layer in full on ${type} (storage driver vfs)`, {
          remedy:
            'Move DockerRootDir to a local ext4 or xfs file system, where Docker can use overlay2. vfs uses many times the space.',
        });
      }
      return ok(`${path} is on ${type}`);
    }),
});

const state = defineCheck({
  id: 'state',
  title: 'The program can read the installation',
  why: 'Without the lock file and the merge base in .proto, no command can change the installation.',
  remedy: 'Follow the remedy of the error that is named.',
  severity: { check: 'requirement' },
  concerns: 'host',
  needs: ['stateDamage'],
  judge: ({ stateDamage }) => {
    if (stateDamage.kind === 'absent') return notApplicable('there is no installation');
    return judgeKnown(stateDamage, '.proto', ({ found, remedy, faults }) =>
      found === undefined ? ok('lock file and merge base') : failed(found, { remedy, faults }),
    );
  },
});

function roomOn({ free }: Disk): string {
  return free < 10 * gb ? `${(free / gb).toFixed(1)} GB` : `${Math.floor(free / gb)} GB`;
}

export const hostChecks = [
  os,
  runtime,
  memory,
  diskInstallation,
  diskImages,
  diskDatabase,
  fileSystem,
  state,
];
