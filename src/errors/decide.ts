import { type ErrorEntry, ExitCode } from './exit-code.ts';

/** The operator must decide. */
export const decideErrors = {
  INSTALLATION_COPIED: {
    exitCode: ExitCode.decide,
    meaning:
      'The folder is a copy of an installation in another folder, which owns the containers and the data. Or it is not known which of two folders owns them.',
    remedy:
      'Choose the installation with --dir. Or let this folder own the data with `proto-scaffold adopt`, or make it an installation of its own with `proto-scaffold adopt --new`.',
  },
  VOLUME_FOREIGN: {
    exitCode: ExitCode.decide,
    meaning: "Volumes with the platform's names belong to another installation.",
    remedy:
      '`docker volume inspect` shows their labels. Nothing was changed. To make this folder an installation of its own, with other volumes, run `proto-scaffold adopt --new`.',
  },
  DATA_GONE: {
    exitCode: ExitCode.decide,
    meaning:
      'The platform has had data, and its volumes do not exist any more, or were created later.',
    remedy:
      'Restore a backup with `proto-scaffold restore FILE`. To begin with an empty database, run `proto-scaffold start --begin-empty`.',
  },
  COMPOSE_PROJECT_DIFFERS: {
    exitCode: ExitCode.decide,
    meaning:
      'The Compose files name another project than the lock file, or containers were started in backend/ under another project name. Another project has other volumes, and so other data.',
    remedy:
      'Set `name` in docker-compose.yml back to the project in .proto/lock.json. `proto-scaffold check` shows what else leads to another project.',
  },
  CANCELLED: {
    exitCode: ExitCode.decide,
    meaning: 'You declined the plan, or ended the input (Ctrl-D) at a question.',
    remedy: 'Nothing was changed. Run the command again when you are ready.',
  },
  VALUES_UNSET: {
    exitCode: ExitCode.decide,
    meaning: 'A mandatory value is not set, so the platform was not started.',
    remedy:
      'Set the listed values with `proto-scaffold config set KEY` or in an editor, then run the command again.',
  },
  CONFIRMATION_MISSING: {
    exitCode: ExitCode.decide,
    meaning:
      'The command changes something that exists, and could not ask for confirmation without a terminal. Or the name passed to `uninstall` does not match the installation.',
    remedy:
      'Review the plan, then run the command with --yes. `uninstall --data` needs --name NAME too.',
  },
  CONFLICT: {
    exitCode: ExitCode.decide,
    meaning: 'You and the release changed the same key, and --on-conflict=stop is set.',
    remedy:
      "Run the update with --on-conflict=ours to keep your values, or --on-conflict=theirs to use the release's values.",
  },
  CHECK_VALUES: {
    exitCode: ExitCode.decide,
    meaning: 'A check found an unset or invalid value, or an invalid Compose file.',
    remedy: 'Set or correct the listed items. `proto-scaffold check` shows how to fix each one.',
  },
  COMPOSE_UNREADABLE: {
    exitCode: ExitCode.decide,
    meaning: 'Your docker-compose.yml cannot be parsed or merged, so it cannot be updated.',
    remedy:
      'Correct the file at the reported line (`docker compose config -q` shows details), then run the update again.',
  },
  OVERRIDE_SERVICE_GONE: {
    exitCode: ExitCode.decide,
    meaning: 'docker-compose.override.yml names a service that the new release no longer has.',
    remedy:
      'Remove that service from the override file, then run the update again. Nothing was changed.',
  },
  OFFLINE_NOT_ENOUGH: {
    exitCode: ExitCode.decide,
    meaning:
      '`update --offline` needs the digest of an image or bundle, which only the registry can provide.',
    remedy: 'Run the update without --offline.',
  },
  UPDATE_FIRST: {
    exitCode: ExitCode.decide,
    meaning:
      'The command needs the templates of the installed release, but this version of proto-scaffold contains those of another release.',
    remedy: 'Run `proto-scaffold update` first. It also updates nginx/proto.conf.',
  },
  NGINX_SITE_INVALID: {
    exitCode: ExitCode.decide,
    meaning: 'nginx rejected nginx/proto.conf or a certificate that the file refers to.',
    remedy: 'Correct the reported lines, then run the command again.',
  },
  NGINX_SITE_EDITED: {
    exitCode: ExitCode.decide,
    meaning:
      'nginx/proto.conf has edits in the lines where a certificate must be added or removed.',
    remedy:
      'Edit ssl_certificate, ssl_certificate_key and listen in the file yourself. Or move the file away and run the command again to create a new one.',
  },
  NGINX_SITE_UNSAFE: {
    exitCode: ExitCode.decide,
    meaning:
      "nginx/proto.conf has directives or paths with which root's nginx would read or write what only root may.",
    remedy:
      'Remove the reported lines from nginx/proto.conf. What you need of them, root can put into a file of /etc/nginx/conf.d. Then run the command again.',
  },
  NGINX_COPY_EDITED: {
    exitCode: ExitCode.decide,
    meaning:
      "The copy of nginx/proto.conf in nginx's configuration was edited, and installing the site would replace it.",
    remedy: 'Make the same edits in nginx/proto.conf, remove the copy, then run the command again.',
  },
  NGINX_INCLUDES_SITE: {
    exitCode: ExitCode.decide,
    meaning:
      'The nginx configuration includes nginx/proto.conf. Without that file, nginx would not start.',
    remedy:
      'Remove the include line, test with `sudo nginx -t`, reload nginx, then run the command again.',
  },
  NGINX_SITE_TAKEN: {
    exitCode: ExitCode.decide,
    meaning: 'The path for the copy of nginx/proto.conf, or for the link to it, is already in use.',
    remedy:
      'Check what is at that path, move it away if you do not need it, then run the command again.',
  },
  NGINX_NAME_TAKEN: {
    exitCode: ExitCode.decide,
    meaning:
      'Another site of nginx on this host has the same server_name, and nginx uses that one.',
    remedy:
      'Nothing was changed. If you no longer need the other site, disable it: sudo rm its file in sites-enabled. Otherwise, change its server_name. Then run the command again.',
  },
  RELEASE_OLDER: {
    exitCode: ExitCode.decide,
    meaning:
      'The release is or may be older than the installed one, and you did not select it with --release.',
    remedy:
      'To install the older release, select it with --release, or use `proto-scaffold rollback`.',
  },
  BACKUP_NEWER: {
    exitCode: ExitCode.decide,
    meaning:
      'The backup comes from a newer release, or a newer version of proto-scaffold, than the installed one.',
    remedy: 'Update this installation to that release first: `proto-scaffold update`.',
  },
  BACKUP_RELEASE_DIFFERS: {
    exitCode: ExitCode.decide,
    meaning:
      'The backup comes from an older release than the installed one and cannot be updated to it here.',
    remedy:
      'Install the release of the backup, restore the backup there, then update. Nothing was changed.',
  },
  FILE_CHANGED_MEANWHILE: {
    exitCode: ExitCode.decide,
    meaning: 'Someone else saved, created or removed a file while the command was running.',
    remedy: 'Nothing was changed. Run the command again to use the current version of the file.',
  },
  CONFIG_VALUE_UNSET: {
    exitCode: ExitCode.decide,
    meaning: 'The parameter passed to `config get` is not set, or was removed from the file.',
    remedy: 'Set it with `proto-scaffold config set KEY`.',
  },
  CONFIG_VALUES_DIFFER: {
    exitCode: ExitCode.decide,
    meaning:
      'The parameter passed to `config get` has different values in the files of the services.',
    remedy:
      'Choose one file with --file, or set the same value in all files with `proto-scaffold config set KEY`.',
  },
  CONFIG_UNREADABLE: {
    exitCode: ExitCode.decide,
    meaning: 'A configuration file that contains the parameter is not valid TOML.',
    remedy: 'Correct the file at the reported line, or choose another file with --file.',
  },
  CONFIG_SECOND_HOME: {
    exitCode: ExitCode.decide,
    meaning:
      'Another component also stores this value, such as the database its password, and must be changed first.',
    remedy: 'Follow the instructions in the message, then run the command again with --yes.',
  },
} as const satisfies Record<string, ErrorEntry>;
