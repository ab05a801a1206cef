import { type ErrorEntry, ExitCode } from './exit-code.ts';

/** Bad input or usage. */
export const usageErrors = {
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
} as const satisfies Record<string, ErrorEntry>;
