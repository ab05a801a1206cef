import { type ErrorEntry, ExitCode } from './exit-code.ts';

/** The host does not meet a requirement. */
export const hostErrors = {
  OPENSSL_NOT_FOUND: {
    exitCode: ExitCode.host,
    meaning: 'There is no openssl on the PATH, and no certificate was given.',
    remedy:
      'Install it (sudo apt-get install openssl), or give a certificate: tls_certificate and tls_certificate_key in the file of --values.',
  },
  OPENSSL_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'openssl could not make the certificate.',
    remedy: 'The line named is what openssl says. It must be 1.1.1 or later: openssl version',
  },
  CERTIFICATE_MISSING: {
    exitCode: ExitCode.host,
    meaning: "With hybrid hosting the database needs this host's certificate, and there is none.",
    remedy: 'Run `proto-scaffold certificate --renew`, which makes it.',
  },
  DOCKER_NOT_FOUND: {
    exitCode: ExitCode.host,
    meaning: 'The docker command is not on the PATH.',
    remedy: 'Install Docker Engine 24.0.0 or later with its CLI, then run this command again.',
  },
  DOCKER_ENGINE_UNREACHABLE: {
    exitCode: ExitCode.host,
    meaning: 'The Docker Engine does not answer, or this user may not use it.',
    remedy:
      'Start it with `sudo systemctl start docker`, or add this user to the group docker and log in anew.',
  },
  DOCKER_HELPER_IN_THE_WAY: {
    exitCode: ExitCode.host,
    meaning:
      "Docker's config names a credential helper for the registry that can not store a login.",
    remedy:
      "Put ours in its place with `proto-scaffold login --helper`, or remove its entry (credHelpers, credsStore) from Docker's config.json; then run the command again.",
  },
  DOCKER_CONFIG_INVALID: {
    exitCode: ExitCode.host,
    meaning: "Docker's own config.json can not be read as JSON.",
    remedy: 'Correct the file at the place named, or move it away.',
  },
  DOCKER_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'A docker command failed for a reason that the program does not know.',
    remedy:
      "Docker's own words, where it said any, stand above; run the docker command by hand to see more.",
  },
  COMPOSE_INVALID: {
    exitCode: ExitCode.host,
    meaning: 'Docker Compose does not take docker-compose.yml with docker-compose.override.yml.',
    remedy:
      'Correct the place that the message names; `docker compose config -q` in backend/ tells more.',
  },
  PORT_TAKEN: {
    exitCode: ExitCode.host,
    meaning: 'A port that a service is published on is in use by another program.',
    remedy:
      'See which program has it with `sudo ss -ltnp`; end it, or give the service another port in docker-compose.yml.',
  },
  PLATFORM_STOPPED: {
    exitCode: ExitCode.host,
    meaning: 'The command is for a running platform, or for a service that does not run.',
    remedy: 'Start it with `proto-scaffold start`, then run this command again.',
  },
  SERVICE_UNHEALTHY: {
    exitCode: ExitCode.host,
    meaning:
      'A service did not become healthy: its check fails, it keeps crashing, or the time of --wait ran out.',
    remedy: 'See its last lines above, and all of them with `proto-scaffold logs SERVICE`.',
  },
  HELPER_NOT_ON_PATH: {
    exitCode: ExitCode.host,
    meaning:
      '`login --helper` was asked for, and docker-credential-proto-scaffold is not on the PATH.',
    remedy:
      'Link the program under that name: sudo ln -s "$(command -v proto-scaffold)" /usr/local/bin/docker-credential-proto-scaffold',
  },
  HELPER_STATE_INVALID: {
    exitCode: ExitCode.host,
    meaning:
      "The credential helper's own list of registries is damaged, or of a newer version of the program.",
    remedy: 'Remove the file and run `proto-scaffold login --helper` again.',
  },
  HELPER_UNKNOWN_REGISTRY: {
    exitCode: ExitCode.host,
    meaning: 'Docker asked the credential helper for a registry that it was not registered for.',
    remedy: 'Run `proto-scaffold login --helper` where the credentials file is.',
  },
  NGINX_NOT_FOUND: {
    exitCode: ExitCode.host,
    meaning: 'The nginx command is neither on the PATH nor in /usr/sbin or /sbin.',
    remedy: 'Install nginx 1.14 or later (`sudo apt install nginx`), then run this command again.',
  },
  NGINX_LAYOUT_UNKNOWN: {
    exitCode: ExitCode.host,
    meaning:
      'The nginx of this host does not take its sites from sites-enabled, as Debian and Ubuntu have it.',
    remedy: 'Include nginx/proto.conf in its http block by hand, test with `nginx -t`, and reload.',
  },
  NGINX_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'nginx itself does not work as it is, or did not take up its new configuration.',
    remedy: 'Mend what nginx says above (`sudo nginx -t`), then run this command again.',
  },
  ROOT_NEEDED: {
    exitCode: ExitCode.host,
    meaning: 'The command changes or reads what root alone may, and was run by another user.',
    remedy: 'Run it with sudo.',
  },
  CHECK_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'A check of this host found that a requirement is not met.',
    remedy:
      '`proto-scaffold check` tells of each what to do; --ignore ID leaves one out that you know of.',
  },
  PROGRAM_NOT_FOUND: {
    exitCode: ExitCode.host,
    meaning: 'A program that the command needs is not on the PATH, or may not be run.',
    remedy: 'Install the program named, then run this command again.',
  },
  PROGRAM_TIMEOUT: {
    exitCode: ExitCode.host,
    meaning: 'A program that the command runs did not end in time.',
    remedy: 'Run it by hand to see what it waits for, then run this command again.',
  },
  PROGRAM_KILLED: {
    exitCode: ExitCode.host,
    meaning: 'A program that the command runs was ended from outside.',
    remedy: 'Look whether memory ran out (`dmesg`), then run this command again.',
  },
  DISK_FULL: {
    exitCode: ExitCode.host,
    meaning: 'There is no space left on the disk (or no quota, or no inode).',
    remedy: 'Free some space and run the command again; nothing was left half done.',
  },
  FOLDER_READ_ONLY: {
    exitCode: ExitCode.host,
    meaning: 'The folder can not be written by this user, or its file system is mounted read-only.',
    remedy: 'Choose a folder that this user may write to, or give this user the right.',
  },
  FILE_SYSTEM_ERROR: {
    exitCode: ExitCode.host,
    meaning: 'The operating system refused to read or write a file.',
    remedy: "Look at the system's own words above; `dmesg` shows faults of the disk.",
  },
  PATH_IN_THE_WAY: {
    exitCode: ExitCode.host,
    meaning:
      'Where the program has to read or write a file of the installation there is a symbolic link, a folder, a device or another disk.',
    remedy:
      'Put the file or folder itself there; the program writes through no link below an installation.',
  },
  JOURNAL_INVALID: {
    exitCode: ExitCode.host,
    meaning:
      "An apply was cut short, and its .proto/journal.json is damaged or a newer program's, so it can not be completed.",
    remedy:
      'Nothing was touched. Use the version of proto-scaffold that wrote it, or else copy the whole folder away and send .proto/journal.json, which holds no secret, to the vendor; your files as they were are in .proto/history.',
  },
  BASE_DAMAGED: {
    exitCode: ExitCode.host,
    meaning:
      'A file of .proto/base is not what the program put there, so your edits can not be told from the release any more.',
    remedy:
      'Restore .proto/base from a backup, or go to an earlier state with `proto-scaffold rollback`.',
  },
  STATE_DAMAGED: {
    exitCode: ExitCode.host,
    meaning: 'A state in .proto/history is not whole, or was written by a newer program.',
    remedy: 'Choose another state: `proto-scaffold history` lists them.',
  },
  BACKUP_NO_SPACE: {
    exitCode: ExitCode.host,
    meaning: 'What is to be written needs more space than is free.',
    remedy: 'Free some space, or name a file on another disk.',
  },
  BACKUP_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'The database or the bucket could not be read to its end for a backup.',
    remedy: 'No file was left. Its own words stand above; run the backup again.',
  },
  DATABASE_NOT_READY: {
    exitCode: ExitCode.host,
    meaning: 'The database did not come up, so that it could be neither read nor loaded.',
    remedy: 'Its own last words stand above; `docker compose logs` in backend/ tells more.',
  },
  RESTORE_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'The data of a backup could not be loaded.',
    remedy: 'Data and files are as they were; the platform is stopped.',
  },
  ROTATION_FAILED: {
    exitCode: ExitCode.host,
    meaning: 'The database did not take its new password from `config rotate`.',
    remedy: "Nothing was changed. The database's own words stand above.",
  },
  ROTATION_UNFINISHED: {
    exitCode: ExitCode.host,
    meaning:
      '`config rotate` gave the database a new password, could not go on, and could not take it back.',
    remedy:
      'Run `proto-scaffold config rotate` again with the same key: it needs no old password, and brings database and files together.',
  },
  RESTORE_UNFINISHED: {
    exitCode: ExitCode.host,
    meaning: 'A restore broke off in the moment in which the new data takes the place of the old.',
    remedy:
      'Leave the platform stopped and run any command that changes something, such as `proto-scaffold start`: it first completes the restore. Where it says that it can not, run the restore again, with the same file.',
  },
} as const satisfies Record<string, ErrorEntry>;
