import type { Command } from 'commander';
import type { BackupOptions } from '../commands/backup.ts';
import type { RestoreOptions } from '../commands/restore.ts';
import { command, dirFlag, examples, type Runner } from './shared.ts';

const identityFlag = [
  '--identity <file>',
  'the identity of age that opens an encrypted backup',
] as const;

/** `backup`, and `restore` from what it made. */
export function addBackup(root: Command, run: Runner): void {
  command(
    root,
    'backup [file]',
    'write database, bucket, configuration and secrets to one file; the platform goes on as it is',
  )
    .option(...dirFlag)
    .option(
      '--encrypt-to <recipient>',
      'encrypt it to a recipient of age (age1…); may be given again for more',
      (recipient: string, before: string[] = []) => [...before, recipient],
    )
    .option('--verify', 'write nothing: verify every byte of the file')
    .option(...identityFlag)
    .addHelpText(
      'after',
      `\nWithout a file it goes beside the installation, as proto-backup-CUSTOMER-DATE-TIME.tar.\n${examples(
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
    'bring data, configuration and secrets back from a backup; keeps what is there, starts nothing',
  )
    .option(...dirFlag)
    .option(...identityFlag)
    .option(
      '--keep-in <dir>',
      'the folder for what is there now, where it is not the one that holds the installation',
    )
    .option('--dry-run', 'verify the file, show the plan and end')
    .option('--yes', 'do not ask for a go')
    .addHelpText(
      'after',
      `\nOn a new host: \`proto-scaffold init\` there first, then this.\n${examples(
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
