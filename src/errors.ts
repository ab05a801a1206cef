/**
 * Every failure an operator can cause or meet. `errorTable` is the one list of codes: the program
 * takes exit code and remedy from it, docs/errors.md is generated from it.
 */

/** Exit codes, as ../shared/DESIGN.md ("Exit codes") fixes them. */
export const ExitCode = {
  done: 0,
  bug: 1,
  usage: 2,
  host: 3,
  registry: 4,
  decide: 5,
  held: 6,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export interface ErrorEntry {
  readonly exitCode: number;
  /** One sentence for the documentation: when does this happen? */
  readonly meaning: string;
  /** What to do about it, where the throwing place knows nothing more exact. */
  readonly remedy: string;
}

export const errorTable = {
  // 2: bad input or usage
  USAGE: {
    exitCode: ExitCode.usage,
    meaning: 'The command line has an unknown command, option or argument.',
    remedy: 'Run the command with --help to see what it takes.',
  },
  CREDENTIALS_NOT_FOUND: {
    exitCode: ExitCode.usage,
    meaning: 'The credentials file does not exist where it was looked for.',
    remedy:
      'Put the proto_credentials.json that you got from the vendor into this folder, or name it with --credentials FILE.',
  },
  CREDENTIALS_INVALID: {
    exitCode: ExitCode.usage,
    meaning: 'The credentials file is not the JSON document that the vendor issues.',
    remedy: 'Correct the lines named, or ask the vendor for a new proto_credentials.json.',
  },
  VALUES_NOT_FOUND: {
    exitCode: ExitCode.usage,
    meaning: 'The file given with --values does not exist.',
    remedy: 'Check the path given with --values.',
  },
  VALUES_INVALID: {
    exitCode: ExitCode.usage,
    meaning:
      'The values file is not valid TOML or JSON, has an unknown name, or a value has the wrong form.',
    remedy: 'Correct the lines named; docs/configuration.md lists the names.',
  },
  FILE_UNREADABLE: {
    exitCode: ExitCode.usage,
    meaning: 'A file that the command needs can not be read by this user.',
    remedy: 'Give this user the right to read it, or run the command as the user who owns it.',
  },
  TEMPLATES_INVALID: {
    exitCode: ExitCode.usage,
    meaning: 'The template set (release.yml or a template) breaks its own rules.',
    remedy: 'This is a fault of the release, not of your host: send the message to the vendor.',
  },
  NOT_HYBRID: {
    exitCode: ExitCode.usage,
    meaning: 'The command is for hybrid hosting, and the installation is on-premise.',
    remedy:
      "Nothing has to be done: with on-premise hosting nobody outside of this host uses its database. Another kind of hosting needs the vendor's credentials for it, and `proto-scaffold init`.",
  },
  CERTIFICATE_NOT_OWN: {
    exitCode: ExitCode.usage,
    meaning:
      '`certificate --renew` was asked for, and the certificate is not one that the program made.',
    remedy: 'Renew it where it comes from, then restart the database and reload nginx.',
  },
  NOT_AN_INSTALLATION: {
    exitCode: ExitCode.usage,
    meaning:
      'No installation was found: neither --dir, this folder, a parent, nor ./proto holds one.',
    remedy:
      'Go to the folder of the installation, name it with --dir, or make one with `proto-scaffold init`.',
  },
  LOCK_INVALID: {
    exitCode: ExitCode.usage,
    meaning:
      "The installation's .proto/lock.json is damaged or from a newer version of the program.",
    remedy:
      'Use the version of proto-scaffold that wrote it, or restore .proto/lock.json from a backup.',
  },
  INSTALLATION_EXISTS: {
    exitCode: ExitCode.usage,
    meaning: '`init` was given a folder that holds an installation already.',
    remedy: 'Run `proto-scaffold update` to bring it to the newest release.',
  },
  INSTALLATION_UNFINISHED: {
    exitCode: ExitCode.usage,
    meaning: 'The folder holds the beginnings of an installation, without a lock file.',
    remedy: 'Move the folder away and run `proto-scaffold init` again.',
  },
  FOLDER_NOT_EMPTY: {
    exitCode: ExitCode.usage,
    meaning: 'The folder for the installation exists and holds files of something else.',
    remedy: 'Name another folder: `proto-scaffold init DIR`.',
  },
  STATE_UNKNOWN: {
    exitCode: ExitCode.usage,
    meaning: '`rollback` was given the number of a state that history does not have, or has none.',
    remedy: 'Run `proto-scaffold history` to see which states there are.',
  },
  CONFIG_KEY_UNKNOWN: {
    exitCode: ExitCode.usage,
    meaning:
      '`config` was given a key that no service has, that is a table, or that is not in the file of --file.',
    remedy:
      'Run `proto-scaffold config list` to see the keys. To set one that no release has: --add --file FILE.',
  },
  CONFIG_NOT_GENERATED: {
    exitCode: ExitCode.usage,
    meaning: '`config rotate` was given a parameter that the program did not make.',
    remedy: 'Get a new value where it comes from, and set it with `proto-scaffold config set KEY`.',
  },
  CONFIG_VALUE_INVALID: {
    exitCode: ExitCode.usage,
    meaning: '`config set` was given a value of another type or form than the parameter has.',
    remedy: 'Give a value as the message says; nothing was changed.',
  },
  CONFIG_SECRET_IN_ARGUMENTS: {
    exitCode: ExitCode.usage,
    meaning:
      '`config set` was given a secret on the command line, where other users and the shell history see it.',
    remedy:
      'Leave the value out to be asked for it, or pipe it in. Remove the line from the history of your shell, too.',
  },
  CONFIG_SECRET_HIDDEN: {
    exitCode: ExitCode.usage,
    meaning: '`config get` was asked for a secret without --reveal.',
    remedy: 'Add --reveal if you want it printed.',
  },
  NGINX_NO_SITE: {
    exitCode: ExitCode.usage,
    meaning: 'This kind of hosting has nothing that nginx could serve.',
    remedy: 'Nothing is to be done: there is no nginx/proto.conf.',
  },
  CERTIFICATE_INCOMPLETE: {
    exitCode: ExitCode.usage,
    meaning: '`nginx` was given a certificate without its key, or a path that nginx can not take.',
    remedy: 'Give both: --certificate FILE --certificate-key FILE.',
  },
  BACKUP_NOT_FOUND: {
    exitCode: ExitCode.usage,
    meaning: 'The backup to be read does not exist.',
    remedy: 'Check the path; `ls` shows the files in a folder.',
  },
  BACKUP_EXISTS: {
    exitCode: ExitCode.usage,
    meaning: 'The file that a backup was to be written to exists already.',
    remedy: 'Name another file. Nothing is ever overwritten.',
  },
  BACKUP_FOREIGN: {
    exitCode: ExitCode.usage,
    meaning: 'The file is no backup made by proto-scaffold.',
    remedy: 'Give the path of a file that `proto-scaffold backup` made.',
  },
  BACKUP_DAMAGED: {
    exitCode: ExitCode.usage,
    meaning: 'A backup is not as it was written: cut short, or altered.',
    remedy:
      'Copy it again from where it was kept, and compare the two with sha256sum; else take another backup. Nothing was changed.',
  },
  BACKUP_ENCRYPTED: {
    exitCode: ExitCode.usage,
    meaning: 'A backup is encrypted, and no --identity was given.',
    remedy: 'Name the file that holds the identity of age (AGE-SECRET-KEY-…) with --identity FILE.',
  },
  RECIPIENT_INVALID: {
    exitCode: ExitCode.usage,
    meaning: '`backup --encrypt-to` was given something else than a recipient of age.',
    remedy:
      'Give a recipient such as age1…, as `age-keygen` prints it; never the identity (AGE-SECRET-KEY-…).',
  },
  IDENTITY_INVALID: {
    exitCode: ExitCode.usage,
    meaning: 'The file given with --identity holds no identity of age, or something else.',
    remedy: 'Give the file that `age-keygen -o FILE` made.',
  },
  IDENTITY_WRONG: {
    exitCode: ExitCode.usage,
    meaning: 'A backup was encrypted to another recipient than the identity given.',
    remedy: 'Give the identity that belongs to the recipient of --encrypt-to.',
  },
  // 3: the host does not meet a requirement
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
  // 4: AWS or the registry refused or could not be reached
  AWS_KEY_UNKNOWN: {
    exitCode: ExitCode.registry,
    meaning:
      'AWS does not know the access key (UnrecognizedClientException, InvalidClientTokenId).',
    remedy:
      'Compare access_key_id with what the vendor sent; the vendor may have replaced the key: ask for new credentials.',
  },
  AWS_SECRET_WRONG: {
    exitCode: ExitCode.registry,
    meaning:
      'AWS knows the access key, but the signature does not fit the secret (InvalidSignatureException).',
    remedy:
      'Copy secret_access_key again from what the vendor sent, without spaces or line breaks.',
  },
  AWS_SESSION_EXPIRED: {
    exitCode: ExitCode.registry,
    meaning: 'The session token in the credentials has expired (ExpiredTokenException).',
    remedy: 'Ask the vendor for new credentials.',
  },
  AWS_CLOCK_SKEW: {
    exitCode: ExitCode.registry,
    meaning: "This host's clock is too far from AWS's for a signature to be accepted.",
    remedy: 'Set the clock: `sudo timedatectl set-ntp true`, then run the command again.',
  },
  AWS_ACCESS_DENIED: {
    exitCode: ExitCode.registry,
    meaning: 'The AWS user lacks a permission that the program needs (AccessDeniedException).',
    remedy: 'Send the message to the vendor: it names the missing permission.',
  },
  AWS_ACCOUNT_MISMATCH: {
    exitCode: ExitCode.registry,
    meaning: 'ECR answered for another account or region than the credentials name.',
    remedy: 'Compare account_id and region in the credentials file with what the vendor sent.',
  },
  AWS_REFUSED: {
    exitCode: ExitCode.registry,
    meaning: 'AWS refused the request for a reason that the program does not know.',
    remedy: 'Send the message to the vendor.',
  },
  REGISTRY_DENIED: {
    exitCode: ExitCode.registry,
    meaning:
      'The registry did not accept the token, or the AWS user may not pull from a repository.',
    remedy: 'Send the message to the vendor: it names the repository and the missing permission.',
  },
  REPOSITORY_UNKNOWN: {
    exitCode: ExitCode.registry,
    meaning: 'The registry has no repository of that name.',
    remedy:
      'Compare account_id, region and registry.namespace in the credentials file with what the vendor sent.',
  },
  RELEASE_UNKNOWN: {
    exitCode: ExitCode.registry,
    meaning: 'A repository has no image or static bundle with the tag of the release.',
    remedy:
      'Check the release (--release TAG, or "release" in the credentials file) with the vendor.',
  },
  REGISTRY_ANSWER_INVALID: {
    exitCode: ExitCode.registry,
    meaning:
      'What answered is not what was asked for: no registry, a wrong digest or size, or a captive portal.',
    remedy:
      'Look for a proxy or captive portal between this host and the registry, then try again.',
  },
  BUNDLE_INVALID: {
    exitCode: ExitCode.registry,
    meaning:
      'A static bundle is not a sound archive, or one of its entries would land outside its folder.',
    remedy: 'Nothing was written. Send the message to the vendor.',
  },
  NETWORK_DNS: {
    exitCode: ExitCode.registry,
    meaning: 'A host name could not be resolved.',
    remedy:
      'Check DNS on this host (`resolvectl query HOST`) and, behind a web proxy, HTTPS_PROXY.',
  },
  NETWORK_UNREACHABLE: {
    exitCode: ExitCode.registry,
    meaning: 'No connection could be made, or it was cut.',
    remedy: 'Check the firewall and, behind a web proxy, HTTPS_PROXY and NO_PROXY.',
  },
  NETWORK_TLS: {
    exitCode: ExitCode.registry,
    meaning: "The other side's certificate is not trusted by this host.",
    remedy:
      'If your web proxy opens TLS, point NODE_EXTRA_CA_CERTS at its CA certificate (PEM) and give the same one to Docker.',
  },
  NETWORK_PROXY: {
    exitCode: ExitCode.registry,
    meaning: 'The web proxy refused the connection or wants a password.',
    remedy: 'Set HTTPS_PROXY=http://user:password@proxy:port, or ask for the host to be allowed.',
  },
  NETWORK_TIMEOUT: {
    exitCode: ExitCode.registry,
    meaning: 'The other side did not answer in time.',
    remedy: 'Try again; if it stays so, check the firewall and, behind a web proxy, HTTPS_PROXY.',
  },
  SERVICE_UNAVAILABLE: {
    exitCode: ExitCode.registry,
    meaning: 'AWS or the registry answered 429 or 5xx to every try.',
    remedy: 'Wait some minutes and run the command again.',
  },
  // 5: the operator must decide
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
  // 6: held
  INSTALLATION_HELD: {
    exitCode: ExitCode.held,
    meaning: 'Another changing command is at work on this installation.',
    remedy: 'Wait until it has ended, then run this command again.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

/** One place that is wrong. `line` and `column` count from 1. */
export interface Fault {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly key?: string;
  readonly message: string;
}

export interface UserErrorOptions {
  /** A remedy more exact than the table's. */
  readonly hint?: string;
  readonly faults?: readonly Fault[];
  /** Another program's words that show why, a line each: the end of a service's log. */
  readonly evidence?: readonly string[];
  readonly cause?: unknown;
  readonly left?: Left;
}

/** What a command has left that could not end well: some of it, or all. Without one it left what was there. */
export type Left = 'half done' | 'done';

/** A failure with a way out. Its stack is never shown. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: number;
  readonly faults: readonly Fault[];
  readonly evidence: readonly string[];
  readonly left: Left | undefined;

  /** @param message one sentence: what is wrong, and where */
  constructor(code: ErrorCode, message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? errorTable[code].remedy;
    this.exitCode = errorTable[code].exitCode;
    this.faults = options.faults ?? [];
    this.evidence = options.evidence ?? [];
    this.left = options.left;
  }
}

const exitCodeOf = {
  SIGHUP: ExitCode.hungUp,
  SIGINT: ExitCode.interrupted,
  SIGTERM: ExitCode.terminated,
} as const;

/** The operator, or the system, ended the program. A command that left something all the same says so with `left`. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;
  readonly signal: keyof typeof exitCodeOf;

  constructor(signal: keyof typeof exitCodeOf) {
    super('Interrupted. Nothing was left half done; the command can be run again.');
    this.exitCode = exitCodeOf[signal];
    this.signal = signal;
  }
}
