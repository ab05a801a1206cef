import type { Command } from 'commander';
import type { NginxOptions } from '../commands/nginx.ts';
import { command, dirFlag, examples, type Runner } from './shared.ts';

export function addNginx(root: Command, run: Runner): void {
  command(
    root,
    'nginx',
    "bring nginx/proto.conf in line with the values; test it, put it into this host's nginx",
  )
    .option(...dirFlag)
    .option('--certificate <file>', 'certificate for https, PEM with the whole chain')
    .option('--certificate-key <file>', 'its private key, PEM')
    .option('--no-certificate', 'plain http, whatever certificate there was')
    .option('--test', 'have nginx test the site, with no other site; puts nothing into use')
    .option('--install', 'link it into sites-enabled, test all of nginx, reload; needs root')
    .option('--dry-run', 'show the plan and end')
    .option('--yes', 'do not ask for a go')
    .addHelpText(
      'after',
      examples(
        'sudo proto-scaffold nginx --install',
        'proto-scaffold nginx --certificate chat.pem --certificate-key chat.key --test',
      ),
    )
    .action(
      run<Partial<NginxOptions>>(async (context, options) => {
        const { nginx } = await import('../commands/nginx.ts');
        const flags = { test: false, install: false, dryRun: false, yes: false };
        return nginx(context, { ...flags, ...options });
      }),
    );
}
