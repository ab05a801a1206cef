import { type ErrorEntry, ExitCode } from './exit-code.ts';

/** Bad input or usage. */
export const usageErrors = {
  USAGE: {
    exitCode: ExitCode.usage,
    meaning: 'The command line contains an unknown command, option or argument.',
    remedy: 'Run the command with --help to see its options.',
  },
  CREDENTIALS_NOT_FOUND: {
    exitCode: ExitCode.usage,
    meaning: 'The credentials file does not exist.',
    remedy:
      'Copy the proto_credentials.json from the vendor to this folder, or pass --credentials FILE.',
  },
  CREDENTIALS_INVALID: {
    exitCode: ExitCode.usage,
    meaning: 'The credentials file is not a valid credentials document from the vendor.',
    remedy: 'Correct the reported lines, or ask the vendor for a new proto_credentials.json.',
  },
  VALUES_NOT_FOUND: {
    exitCode: ExitCode.usage,
    meaning: 'The --values file does not exist.',
    remedy: 'Check the path of --values.',
  },
  VALUES_INVALID: {
    exitCode: ExitCode.usage,
    meaning:
      'The values file is not valid TOML or JSON, or it contains an unknown name or an invalid value.',
    remedy: 'Correct the reported lines. docs/reference/configuration.md lists the names.',
  },
  FILE_UNREADABLE: {
    exitCode: ExitCode.usage,
    meaning: 'This user cannot read a file that the command needs.',
    remedy: 'Grant this user read permission, or run the command as the owner of the file.',
  },
  TEMPLATES_INVALID: {
    exitCode: ExitCode.usage,
    meaning: 'The template set (release.yml or a template) is invalid.',
    remedy:
      'This is a problem with the release, not with your host. Send the message to the vendor.',
  },
  NOT_HYBRID: {
    exitCode: ExitCode.usage,
    meaning: 'The command is for hybrid hosting, but this installation is on-premise.',
    remedy:
      'You do not need to do anything: with on-premise hosting, the database is not used from outside this host. To use hybrid hosting, get credentials for it from the vendor, then run `proto-scaffold init`.',
  },
  CERTIFICATE_NOT_OWN: {
    exitCode: ExitCode.usage,
    meaning:
      '`certificate --renew` cannot renew the certificate because proto-scaffold did not create it.',
    remedy: 'Renew it with its issuer, then restart the database and reload nginx.',
  },
  NOT_AN_INSTALLATION: {
    exitCode: ExitCode.usage,
    meaning: 'No installation was found in --dir, this folder, a parent folder or ./proto.',
    remedy:
      'Go to the installation folder, pass it with --dir, or create an installation with `proto-scaffold init`.',
  },
  INSTALLATION_FOREIGN: {
    exitCode: ExitCode.usage,
    meaning:
      'The installation in this folder, a parent folder or ./proto belongs to another user, who decides what its files run.',
    remedy: 'If you trust that user, pass the folder with --dir.',
  },
  RELEASE_EXISTS: {
    exitCode: ExitCode.usage,
    meaning: 'A release with this version is published already, with other contents.',
    remedy: 'A version is never published twice. Publish the change under a new version.',
  },
  IMAGE_UNSUITABLE: {
    exitCode: ExitCode.usage,
    meaning:
      'An image of the release does not run on linux/amd64, or a static bundle is not an artifact with one layer.',
    remedy: 'Build and push it again, then publish the release.',
  },
  SIGNING_KEY_INVALID: {
    exitCode: ExitCode.usage,
    meaning: 'The key of `proto-release publish --key` cannot be read.',
    remedy: 'Pass a private key for ECDSA with the curve P-256, in PKCS#8 or as cosign writes it.',
  },
  RELEASE_DAMAGED: {
    exitCode: ExitCode.usage,
    meaning:
      "The installation's copy of its release, in .proto/release, is missing or was changed.",
    remedy: 'Run `proto-scaffold update`, which downloads it again.',
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
    meaning: 'The folder passed to `init` already contains an installation.',
    remedy: 'To update it to the newest release, run `proto-scaffold update`.',
  },
  INSTALLATION_UNFINISHED: {
    exitCode: ExitCode.usage,
    meaning: 'The folder contains an incomplete installation without a lock file.',
    remedy: 'Move the folder away and run `proto-scaffold init` again.',
  },
  FOLDER_NOT_EMPTY: {
    exitCode: ExitCode.usage,
    meaning: 'The folder for the installation exists and contains other files.',
    remedy: 'Choose another folder: `proto-scaffold init DIR`.',
  },
  STATE_UNKNOWN: {
    exitCode: ExitCode.usage,
    meaning: 'The state passed to `rollback` is not in the history, or the history is empty.',
    remedy: 'Run `proto-scaffold history` to list the states.',
  },
  CONFIG_KEY_UNKNOWN: {
    exitCode: ExitCode.usage,
    meaning:
      'The key passed to `config` does not exist in any service, is a table, or is not in the --file file.',
    remedy:
      'Run `proto-scaffold config list` to see the keys. To set a key that is not in any release, pass --add --file FILE.',
  },
  CONFIG_NOT_GENERATED: {
    exitCode: ExitCode.usage,
    meaning: 'The parameter passed to `config rotate` was not generated by proto-scaffold.',
    remedy: 'Get a new value from its provider, then set it with `proto-scaffold config set KEY`.',
  },
  CONFIG_VALUE_INVALID: {
    exitCode: ExitCode.usage,
    meaning: 'The value passed to `config set` has the wrong type or format for the parameter.',
    remedy: 'Pass a value as described in the message. Nothing was changed.',
  },
  CONFIG_SECRET_IN_ARGUMENTS: {
    exitCode: ExitCode.usage,
    meaning:
      'A secret was passed to `config set` on the command line, where other users and the shell history can see it.',
    remedy:
      'Omit the value to enter it at a prompt, or pipe it in. Also remove the line from your shell history.',
  },
  CONFIG_SECRET_HIDDEN: {
    exitCode: ExitCode.usage,
    meaning: '`config get` needs --reveal to print a secret.',
    remedy: 'Pass --reveal to print it.',
  },
  NGINX_NO_SITE: {
    exitCode: ExitCode.usage,
    meaning: 'This kind of hosting does not use nginx.',
    remedy: 'You do not need to do anything: this installation does not have an nginx/proto.conf.',
  },
  CERTIFICATE_INCOMPLETE: {
    exitCode: ExitCode.usage,
    meaning: 'The certificate or its key is missing for `nginx`, or nginx cannot use the path.',
    remedy: 'Pass both: --certificate FILE --certificate-key FILE.',
  },
  BACKUP_NOT_FOUND: {
    exitCode: ExitCode.usage,
    meaning: 'The backup file does not exist.',
    remedy: 'Check the path of the backup.',
  },
  BACKUP_EXISTS: {
    exitCode: ExitCode.usage,
    meaning: 'The backup file to create already exists.',
    remedy: 'Choose another file. proto-scaffold never overwrites a backup.',
  },
  BACKUP_FOREIGN: {
    exitCode: ExitCode.usage,
    meaning: 'The file is not a backup created by proto-scaffold.',
    remedy: 'Pass the path of a file created by `proto-scaffold backup`.',
  },
  BACKUP_DAMAGED: {
    exitCode: ExitCode.usage,
    meaning: 'The backup file is damaged: it was truncated or modified.',
    remedy:
      'Copy the file again from its source and compare both with sha256sum. Otherwise, use another backup. Nothing was changed.',
  },
  BACKUP_ENCRYPTED: {
    exitCode: ExitCode.usage,
    meaning: 'The backup is encrypted, and --identity is missing.',
    remedy: 'Pass the age identity file (AGE-SECRET-KEY-…) with --identity FILE.',
  },
  RECIPIENT_INVALID: {
    exitCode: ExitCode.usage,
    meaning: 'The value of `backup --encrypt-to` is not an age recipient.',
    remedy:
      'Pass a recipient such as age1…, as printed by `age-keygen`. Never pass the identity (AGE-SECRET-KEY-…).',
  },
  IDENTITY_INVALID: {
    exitCode: ExitCode.usage,
    meaning: 'The --identity file does not contain an age identity, or contains other data.',
    remedy: 'Pass the file created by `age-keygen -o FILE`.',
  },
  IDENTITY_WRONG: {
    exitCode: ExitCode.usage,
    meaning: 'The identity does not match the recipient that the backup was encrypted to.',
    remedy: 'Pass the identity of the recipient that was used with --encrypt-to.',
  },
  NAME_NOT_UTF8: {
    exitCode: ExitCode.usage,
    meaning:
      'The name of a folder or file that was passed, or of the current folder, is not UTF-8. Docker and Compose cannot be told such a name.',
    remedy: 'Rename it, or use another one, then run the command again.',
  },
  NAME_TOO_LONG: {
    exitCode: ExitCode.usage,
    meaning: 'The name of a file or folder, or a path, is longer than Linux allows.',
    remedy: 'Choose a shorter name or path, then run the command again.',
  },
} as const satisfies Record<string, ErrorEntry>;
