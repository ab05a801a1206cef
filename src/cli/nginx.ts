import type { Command } from 'commander';
import type { NginxOptions } from '../commands/nginx.ts';
import { command, dirFlag, examples, type Runner } from './shared.ts';

export function addNginx(root: Command, run: Runner): void {
  command(
    root,
    'nginx',
    'update nginx/proto.conf from the values, test it, and install it in nginx on this host',
  )
    .option(...dirFlag)
    .option('--certificate <file>', 'certificate for HTTPS (PEM with the full chain)')
    .option('--certificate-key <file>', 'private key of the certificate (PEM)')
    .option('--no-certificate', 'use plain HTTP and remove the certificate from the site')
    .option('--test', 'test the site with nginx, without other sites; does not install it')
    .option(
      '--install',
      'copy the site into the nginx configuration, test all of it, reload; needs root',
    )
    .option('--dry-run', 'show the plan without applying it')
    .option('--yes', 'skip the confirmation')
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

/** The commands for hybrid hosting: `connection`, `certificate`. */
export function addHybrid(root: Command, run: Runner): void {
  command(root, 'connection', 'print the connection details that the vendor needs (hybrid hosting)')
    .option(...dirFlag)
    .option('--reveal', 'also print passwords and keys')
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

  command(root, 'certificate', 'show or renew the certificate of this host (hybrid hosting)')
    .option(...dirFlag)
    .option(
      '--renew',
      "create a new certificate for the current host name, signed by the installation's CA",
    )
    .option('--dry-run', 'show the plan without applying it')
    .option('--new-ca', 'also create a new CA; the vendor must trust it before you use it')
    .option('--yes', 'skip the confirmation')
    .addHelpText(
      'after',
      examples('proto-scaffold certificate', 'proto-scaffold certificate --renew'),
    )
    .action(
      run<{ dir?: string; renew?: boolean; newCa?: boolean; dryRun?: boolean; yes?: boolean }>(
        async (context, options) => {
          const { certificate } = await import('../commands/certificate.ts');
          const { dir, renew = false, newCa = false, dryRun = false, yes = false } = options;
          return certificate(context, {
            ...(dir && { dir }),
            renew: renew || newCa,
            newCa,
            dryRun,
            yes,
          });
        },
      ),
    );
}
