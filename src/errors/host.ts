import { type ErrorEntry, ExitCode } from './exit-code.ts';

/** The host does not meet a requirement. */
export const hostErrors = {
  PROGRAM_TOO_OLD: {
    exitCode: ExitCode.host,
    meaning: 'The release needs a newer version of proto-scaffold.',
    remedy:
      'Get the newer proto-scaffold from the vendor, then run the command again. Nothing was changed.',
  },
  DOCKER_ADDRESSES_EXHAUSTED: {
    exitCode: ExitCode.host,
    meaning: 'Docker has given all its address ranges to networks.',
    remedy:
      'Remove the networks that no container uses: `docker network prune`. Or add ranges that your network does not use to /etc/docker/daemon.json, such as "default-address-pools": [{"base": "10.200.0.0/16", "size": 24}], and run `sudo systemctl restart docker`. Then run the command again.',
  },
  DOCKER_NETWORK_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'Docker could not create, use or remove the network of the platform.',
    remedy:
      'Run `sudo systemctl restart docker`, then run the command again. `docker network ls` shows the networks.',
  },
  CONTAINER_REFUSED: {
    exitCode: ExitCode.host,
    meaning: 'Docker could not create or start a container.',
    remedy:
      'See `journalctl -u docker` and `sudo dmesg` for the reason. Use --verbose to see the output of docker.',
  },
  SERVICES_ISOLATED: {
    exitCode: ExitCode.host,
    meaning: 'All services run, but one cannot connect to another that it needs.',
    remedy:
      'Look at the option enable_icc of the network (docker network inspect), and at rules of iptables or firewalld for traffic between containers.',
  },
  RUNTIME_UNSAFE: {
    exitCode: ExitCode.host,
    meaning:
      'A variable of the environment loads code into the program, opens a debugger, weakens TLS or prints secrets (NODE_OPTIONS, NODE_DEBUG, OPENSSL_CONF).',
    remedy: 'Unset the variable, then run the command again.',
  },
  CA_FILE_INVALID: {
    exitCode: ExitCode.host,
    meaning: 'The file of NODE_EXTRA_CA_CERTS cannot be read, or contains no certificate.',
    remedy:
      'Correct the path, and make the file (PEM) readable for this user. Or run `unset NODE_EXTRA_CA_CERTS`. Then run the command again.',
  },
  OPENSSL_NOT_FOUND: {
    exitCode: ExitCode.host,
    meaning: 'openssl is not on the PATH, and you did not provide a certificate.',
    remedy:
      'Install it (sudo apt-get install openssl), or provide a certificate: set tls_certificate and tls_certificate_key in the --values file.',
  },
  OPENSSL_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'openssl could not create the certificate.',
    remedy:
      'See the openssl output in the message. proto-scaffold needs openssl 1.1.1 or later: openssl version',
  },
  CERTIFICATE_MISSING: {
    exitCode: ExitCode.host,
    meaning:
      'With hybrid hosting, the database needs a certificate for this host, and the certificate does not exist.',
    remedy: 'Create it with `proto-scaffold certificate --renew`.',
  },
  DOCKER_NOT_FOUND: {
    exitCode: ExitCode.host,
    meaning: 'The docker command is not on the PATH.',
    remedy: 'Install Docker Engine 24.0.0 or later with its CLI, then run this command again.',
  },
  DOCKER_ENGINE_UNREACHABLE: {
    exitCode: ExitCode.host,
    meaning: 'The Docker Engine does not respond, or this user does not have access to it.',
    remedy:
      'Start it with `sudo systemctl start docker`, or add this user to the docker group and log in again.',
  },
  DOCKER_HELPER_IN_THE_WAY: {
    exitCode: ExitCode.host,
    meaning:
      'The Docker configuration uses a credential helper for the registry that cannot store a login.',
    remedy:
      "Replace it with `proto-scaffold login --helper`, or remove its entry (credHelpers, credsStore) from Docker's config.json. Then run the command again.",
  },
  DOCKER_CONFIG_INVALID: {
    exitCode: ExitCode.host,
    meaning: "Docker's config.json is not valid JSON.",
    remedy: 'Correct the file at the reported line, or move it away.',
  },
  DOCKER_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'A docker command failed for an unknown reason.',
    remedy: 'See the output of docker above, if any. Run the docker command yourself to see more.',
  },
  DOCKER_IS_PODMAN: {
    exitCode: ExitCode.host,
    meaning:
      'The docker command, or the engine that it uses, is Podman. It lacks features that the platform needs, and does not see the containers of a Docker Engine.',
    remedy:
      "Remove podman-docker, and install Docker Engine from Docker's own apt repository (docs.docker.com/engine/install/ubuntu). If DOCKER_HOST or the context leads to Podman, change it.",
  },
  COMPOSE_NOT_FOUND: {
    exitCode: ExitCode.host,
    meaning: 'The Compose plugin of docker is not installed.',
    remedy:
      "Install it: sudo apt-get install docker-compose-plugin (from Docker's own apt repository). The old docker-compose is a different program.",
  },
  IMAGE_PLATFORM: {
    exitCode: ExitCode.host,
    meaning: 'The registry has no version of the image for this kind of processor.',
    remedy:
      "The vendor's release decides which processors it supports. Check `uname -m`, and whether DOCKER_DEFAULT_PLATFORM is set.",
  },
  COMPOSE_INVALID: {
    exitCode: ExitCode.host,
    meaning: 'Docker Compose rejected docker-compose.yml or docker-compose.override.yml.',
    remedy: 'Fix the reported problem. Run `docker compose config -q` in backend/ for details.',
  },
  PORT_TAKEN: {
    exitCode: ExitCode.host,
    meaning: 'Another program uses a port that a service publishes.',
    remedy:
      'Find the program with `sudo ss -ltnp`. Stop it. Or change the port of the service in docker-compose.yml, then run `proto-scaffold nginx` and `sudo proto-scaffold nginx --install`, so that nginx uses it too.',
  },
  PLATFORM_STOPPED: {
    exitCode: ExitCode.host,
    meaning: 'The command needs a running platform, or a service that is not running.',
    remedy: 'Start the platform with `proto-scaffold start`, then run this command again.',
  },
  SERVICE_UNHEALTHY: {
    exitCode: ExitCode.host,
    meaning:
      'A service did not become healthy: its health check fails, it keeps crashing, or --wait timed out.',
    remedy: 'See its last log lines above. For the full log, run `proto-scaffold logs SERVICE`.',
  },
  RELOAD_FAILED: {
    exitCode: ExitCode.host,
    meaning:
      'A running service did not accept its changed files, and goes on with the previous ones.',
    remedy:
      'Correct the file that the message names, then run the command again. A restart would fail.',
  },
  PLATFORM_RESTARTED: {
    exitCode: ExitCode.host,
    meaning: 'The platform was stopped, and something started it again.',
    remedy:
      'Find what starts it (a systemd service, a cron job, another operator), and stop that first. Then run the command again.',
  },
  HELPER_NOT_ON_PATH: {
    exitCode: ExitCode.host,
    meaning: '`login --helper` needs docker-credential-proto-scaffold, which is not on the PATH.',
    remedy:
      'Create a link with that name: sudo ln -s "$(command -v proto-scaffold)" /usr/local/bin/docker-credential-proto-scaffold',
  },
  HELPER_STATE_INVALID: {
    exitCode: ExitCode.host,
    meaning:
      "The credential helper's list of registries is damaged, or a newer version of proto-scaffold wrote it.",
    remedy: 'Remove the file and run `proto-scaffold login --helper` again.',
  },
  HELPER_UNKNOWN_REGISTRY: {
    exitCode: ExitCode.host,
    meaning: 'Docker asked the credential helper for a registry that it is not registered for.',
    remedy: 'Run `proto-scaffold login --helper` in the folder with the credentials file.',
  },
  TEMPORARY_FOLDER_UNUSABLE: {
    exitCode: ExitCode.host,
    meaning:
      'The folder for temporary files (TMPDIR, otherwise /tmp) does not exist, is not writable, or is full.',
    remedy:
      'Create the folder or free space in it. Or set TMPDIR to another folder that you can write to, then run the command again.',
  },
  NGINX_NOT_FOUND: {
    exitCode: ExitCode.host,
    meaning: 'The nginx command is not on the PATH or in /usr/sbin or /sbin.',
    remedy: 'Install nginx 1.14 or later (`sudo apt install nginx`), then run this command again.',
  },
  NGINX_LAYOUT_UNKNOWN: {
    exitCode: ExitCode.host,
    meaning:
      'nginx on this host loads its sites neither from sites-enabled, as on Debian and Ubuntu, nor from conf.d.',
    remedy:
      'Create the folder conf.d beside nginx.conf, include conf.d/*.conf in its http block, then run the command again.',
  },
  NGINX_INCLUDES_SITE: {
    exitCode: ExitCode.host,
    meaning:
      'A file of the nginx configuration includes nginx/proto.conf of the installation itself, so nginx would load the site twice.',
    remedy: 'Delete the line that the error names, then run the command again.',
  },
  NGINX_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'The current nginx configuration is invalid, or nginx did not load the new one.',
    remedy:
      'Fix the problem that nginx reports above (`sudo nginx -t`), then run this command again.',
  },
  ROOT_NEEDED: {
    exitCode: ExitCode.host,
    meaning: 'The command needs root permissions.',
    remedy: 'Run it with sudo.',
  },
  CHECK_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'A check found that this host does not meet a requirement.',
    remedy: '`proto-scaffold check` shows how to fix each one. To skip a check, pass --ignore ID.',
  },
  PROGRAM_NOT_FOUND: {
    exitCode: ExitCode.host,
    meaning:
      'A program that the command needs is not on the PATH, or is not executable by this user.',
    remedy: 'Install the program, then run this command again.',
  },
  PROGRAM_TIMEOUT: {
    exitCode: ExitCode.host,
    meaning: 'A program that the command runs timed out.',
    remedy: 'Run the program yourself to see what it waits for, then run this command again.',
  },
  PROGRAM_KILLED: {
    exitCode: ExitCode.host,
    meaning: 'A program that the command runs was killed.',
    remedy: 'Check whether the host ran out of memory (`dmesg`), then run this command again.',
  },
  DISK_FULL: {
    exitCode: ExitCode.host,
    meaning: 'The disk is full (no space, quota or inodes left).',
    remedy: 'Free some space, then run the command again. No partial changes were left behind.',
  },
  FOLDER_READ_ONLY: {
    exitCode: ExitCode.host,
    meaning: 'This user cannot write to the folder, or its file system is mounted read-only.',
    remedy: 'Choose a folder that this user can write to, or grant this user write permission.',
  },
  FILE_SYSTEM_UNSUITABLE: {
    exitCode: ExitCode.host,
    meaning:
      'The file system lacks something that an installation relies on: permissions, owners, renaming, or writing to the disk on request. FAT, exFAT and some network file systems do.',
    remedy:
      'Nothing was created. Choose a folder on a local Linux file system, such as ext4 or xfs. Backups can be on any file system.',
  },
  FILE_SYSTEM_ERROR: {
    exitCode: ExitCode.host,
    meaning: 'The operating system could not read or write a file.',
    remedy: 'See the system error above. `dmesg` shows disk errors.',
  },
  PATH_IN_THE_WAY: {
    exitCode: ExitCode.host,
    meaning:
      'A symbolic link, folder, device or mount point is at the path of a file or folder of the installation.',
    remedy:
      'Replace it with a regular file or folder. proto-scaffold does not write through links inside an installation.',
  },
  JOURNAL_INVALID: {
    exitCode: ExitCode.host,
    meaning:
      'A change was interrupted, and its .proto/journal.json is damaged or from a newer version of proto-scaffold, so the change cannot be completed.',
    remedy:
      'Nothing was changed. Use the version of proto-scaffold that wrote the file. Otherwise, make a copy of the whole folder and send .proto/journal.json, which contains no secrets, to the vendor. The previous versions of your files are in .proto/history.',
  },
  BASE_DAMAGED: {
    exitCode: ExitCode.host,
    meaning:
      'A file in .proto/base was modified or removed and could not be rebuilt, so your edits can no longer be distinguished from the release.',
    remedy:
      'Return to an earlier state (`proto-scaffold history`, `proto-scaffold rollback N`), restore a backup (`proto-scaffold restore FILE`), or copy the file from a copy of the folder: it is accepted if its SHA-256 is the one in .proto/lock.json.',
  },
  STATE_DAMAGED: {
    exitCode: ExitCode.host,
    meaning:
      'A state in .proto/history is incomplete, or a newer version of proto-scaffold wrote it.',
    remedy: 'Choose another state: `proto-scaffold history` lists them.',
  },
  BACKUP_NO_SPACE: {
    exitCode: ExitCode.host,
    meaning: 'The disk does not have enough free space for the file.',
    remedy: 'Free some space, or choose a file on another disk.',
  },
  BACKUP_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'The backup could not read all of the database or the bucket.',
    remedy: 'No file was created. See the output above, then run the backup again.',
  },
  DATABASE_NOT_READY: {
    exitCode: ExitCode.host,
    meaning: 'The database did not start, so its data could not be read or loaded.',
    remedy: 'See its last log lines above. Run `docker compose logs` in backend/ for details.',
  },
  RESTORE_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'The data in the backup could not be loaded.',
    remedy: 'Data and files are unchanged. The platform is stopped.',
  },
  ROTATION_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'The database rejected the new password from `config rotate`.',
    remedy: 'Nothing was changed. See the output of the database above.',
  },
  ROTATION_UNFINISHED: {
    exitCode: ExitCode.host,
    meaning:
      '`config rotate` set a new database password, then failed, and could not restore the old password.',
    remedy:
      'Run `proto-scaffold config rotate` again with the same key. It does not need the old password, and sets a new one in the database and in the files.',
  },
  RESTORE_UNFINISHED: {
    exitCode: ExitCode.host,
    meaning: 'A restore was interrupted while it replaced the old data with the new data.',
    remedy:
      'Leave the platform stopped, and run any command that makes changes, such as `proto-scaffold start`. It completes the restore first. If it reports that it cannot, run the restore again with the same file.',
  },
} as const satisfies Record<string, ErrorEntry>;
