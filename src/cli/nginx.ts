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

/** The commands that hybrid hosting alone has: `connection`, `certificate`. */
export function addHybrid(root: Command, run: Runner): void {
  command(root, 'connection', 'print what the vendor needs to connect (hybrid hosting)')
    .option(...dirFlag)
    .option('--reveal', 'print passwords and keys, too')
    .addHelpText(
      'after',
      examples('proto-scaffold connection', 'proto-scaffold connection --reveal'),
    )
    .action(
      run<{ dir?: string; reveal?: boolean }>(async (context, { dir, reveal = false }) => {
        const { connection } = await import('../commands/connection.ts');
        return connection(context, { ...(dir && { dir }), reveal });
      }),
    );

  command(root, 'certificate', "show or renew this host's certificate (hybrid hosting)")
    .option(...dirFlag)
    .option('--renew', 'make a new one, for the present host name, signed by the own CA')
    .option('--dry-run', 'show the plan and end')
    .option('--new-ca', 'make a new CA, too: the vendor has to trust it before it is used')
    .addHelpText(
      'after',
      examples('proto-scaffold certificate', 'proto-scaffold certificate --renew'),
    )
    .action(
      run<{ dir?: string; renew?: boolean; newCa?: boolean; dryRun?: boolean }>(
        async (context, options) => {
          const { certificate } = await import('../commands/certificate.ts');
          const { dir, renew = false, newCa = false, dryRun = false } = options;
          return certificate(context, {
            ...(dir && { dir }),
            renew: renew || newCa,
            newCa,
            dryRun,
          });
        },
      ),
    );
}
