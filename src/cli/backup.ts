import type { Command } from 'commander';
import type { BackupOptions } from '../commands/backup.ts';
import type { RestoreOptions } from '../commands/restore.ts';
import { command, dirFlag, examples, type Runner } from './shared.ts';

const identityFlag = [
  '--identity <file>',
  'age identity file to decrypt an encrypted backup',
] as const;

/** `backup` and `restore`. */
export function addBackup(root: Command, run: Runner): void {
  command(
    root,
    'backup [file]',
    'write database, bucket, configuration and secrets to one file; the platform keeps running',
  )
    .option(...dirFlag)
    .option(
      '--encrypt-to <recipient>',
      'encrypt the backup to an age recipient (age1…); repeat for several',
      (recipient: string, before: string[] = []) => [...before, recipient],
    )
    .option('--verify', 'verify every byte of an existing backup; write nothing')
    .option(...identityFlag)
    .addHelpText(
      'after',
      `\nBy default, the backup is written next to the installation as proto-backup-CUSTOMER-DATE-TIME.tar, or to its folder\nbackups/ if the parent folder is another user's or on another disk.\n${examples(
        'proto-scaffold backup',
        'proto-scaffold backup /mnt/backups --encrypt-to age1…',
        'proto-scaffold backup --verify proto-backup-example-bank-2026-11-23-0904.tar',
      )}`,
    )
    .action(
      run<Partial<BackupOptions>>(async (context, options, [file]) => {
        const { backup } = await import('../commands/backup.ts');
        const given = file === undefined ? {} : { file };
        return backup(context, { verify: false, encryptTo: [], ...options, ...given });
      }),
    );

  command(
    root,
    'restore <file>',
    'restore data, configuration and secrets from a backup; saves the current state first, starts nothing',
  )
    .option(...dirFlag)
    .option(...identityFlag)
    .option('--keep-in <dir>', 'folder to keep the current state in (default: as for `backup`)')
    .option('--dry-run', 'verify the file and show the plan without applying it')
    .option('--yes', 'skip the confirmation')
    .addHelpText(
      'after',
      `\nOn a new host, run \`proto-scaffold init\` first.\n${examples(
        'proto-scaffold restore --dry-run proto-backup-example-bank-2026-11-23-0904.tar',
        'proto-scaffold restore proto-backup-example-bank-2026-11-23-0904.tar',
      )}`,
    )
    .action(
      run<Partial<RestoreOptions>>(async (context, options, [file = '']) => {
        const { restore } = await import('../commands/restore.ts');
        return restore(context, { dryRun: false, yes: false, ...options, file });
      }),
    );
}
