import { type ErrorEntry, ExitCode } from './exit-code.ts';

/** The operator must decide. */
export const decideErrors = {
  INSTALLATION_COPIED: {
    exitCode: ExitCode.decide,
    meaning:
      'The containers of the Compose project were started from another folder, or another installation beside this one has the same data: one is a copy of the other.',
    remedy: 'Name the installation that is meant with --dir.',
  },
  CANCELLED: {
    exitCode: ExitCode.decide,
    meaning: 'The plan was shown and not agreed to.',
    remedy: 'Nothing was changed. Run the command again when you are ready.',
  },
  VALUES_UNSET: {
    exitCode: ExitCode.decide,
    meaning: 'A mandatory value is not set, so the platform is not started.',
    remedy:
      'Set the values named, with `proto-scaffold config set KEY` or in an editor, then run the command again.',
  },
  CONFIRMATION_MISSING: {
    exitCode: ExitCode.decide,
    meaning:
      '`uninstall` was run where nobody can be asked, or with a name that is not the one of the installation.',
    remedy:
      'Look at `proto-scaffold uninstall --dry-run`; then give --yes and, with --data, --name NAME too.',
  },
  CONFLICT: {
    exitCode: ExitCode.decide,
    meaning: 'You and the release changed the same key, and --on-conflict=stop was given.',
    remedy:
      "Run the update with --on-conflict=ours to keep your values, or with theirs to take the release's.",
  },
  CHECK_VALUES: {
    exitCode: ExitCode.decide,
    meaning: 'A check found a value unset or wrong, or a Compose file that can not be used.',
    remedy: 'Set or correct what is named; `proto-scaffold check` tells of each what to do.',
  },
  COMPOSE_UNREADABLE: {
    exitCode: ExitCode.decide,
    meaning:
      'Your docker-compose.yml can not be read, or not be merged, so no update can reach it.',
    remedy:
      'Correct it at the place named (`docker compose config -q` tells more), then run the update again.',
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
      '`update --offline` met an image or bundle that only the registry can name a digest for.',
    remedy: 'Run the update without --offline.',
  },
  UPDATE_FIRST: {
    exitCode: ExitCode.decide,
    meaning:
      'The command needs the templates of the installed release, and this program brings those of another.',
    remedy: 'Run `proto-scaffold update` first: it brings nginx/proto.conf along.',
  },
  NGINX_SITE_INVALID: {
    exitCode: ExitCode.decide,
    meaning: 'nginx does not accept nginx/proto.conf, or a certificate that it names.',
    remedy: 'Correct the places named, then run the command again.',
  },
  NGINX_SITE_EDITED: {
    exitCode: ExitCode.decide,
    meaning: 'nginx/proto.conf was edited where a certificate has to come in or go.',
    remedy:
      'Change ssl_certificate, ssl_certificate_key and listen in it by hand; or move the file away and run the command again, which makes it anew.',
  },
  NGINX_INCLUDES_SITE: {
    exitCode: ExitCode.decide,
    meaning:
      "nginx's own configuration has an include of nginx/proto.conf: nginx would not start again once that is gone.",
    remedy:
      'Take the line out, test with `sudo nginx -t`, reload nginx, and run the command again.',
  },
  NGINX_SITE_TAKEN: {
    exitCode: ExitCode.decide,
    meaning: 'Where the link to nginx/proto.conf has to go, there is something else.',
    remedy: 'Look at it, move it away if it is not needed, and run the command again.',
  },
  RELEASE_OLDER: {
    exitCode: ExitCode.decide,
    meaning:
      'The release to follow is older than the one installed, and was not named with --release.',
    remedy: 'Name it with --release if you mean it, or use `proto-scaffold rollback`.',
  },
  BACKUP_NEWER: {
    exitCode: ExitCode.decide,
    meaning: 'A backup is of a newer release, or a newer program, than what is installed.',
    remedy: 'Bring this installation to that release with `proto-scaffold update` first.',
  },
  BACKUP_RELEASE_DIFFERS: {
    exitCode: ExitCode.decide,
    meaning:
      'A backup is of an older release than the installed one, and can not be brought to it here.',
    remedy:
      'Install the release of the backup, restore there, and update then. Nothing was changed.',
  },
  FILE_CHANGED_MEANWHILE: {
    exitCode: ExitCode.decide,
    meaning: 'A file was saved, made or removed by somebody else while the command was at work.',
    remedy: 'Nothing was changed. Run the command again: it takes the file as it is now.',
  },
  CONFIG_VALUE_UNSET: {
    exitCode: ExitCode.decide,
    meaning: '`config get` was asked for a parameter that has no value yet, or that was taken out.',
    remedy: 'Set it with `proto-scaffold config set KEY`.',
  },
  CONFIG_VALUES_DIFFER: {
    exitCode: ExitCode.decide,
    meaning:
      '`config get` was asked for a parameter that differs between the files of the services.',
    remedy: 'Name one with --file, or bring them together with `proto-scaffold config set KEY`.',
  },
  CONFIG_UNREADABLE: {
    exitCode: ExitCode.decide,
    meaning: 'A configuration file that has the parameter is not valid TOML.',
    remedy: 'Correct it at the place named, or leave that file out by naming another with --file.',
  },
  CONFIG_SECOND_HOME: {
    exitCode: ExitCode.decide,
    meaning:
      'The parameter is known to something else, too (the database its password), which must be told first.',
    remedy: 'Do what the message says, then run the command again with --yes.',
  },
} as const satisfies Record<string, ErrorEntry>;
