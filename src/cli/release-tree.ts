import type { Command } from 'commander';
import { examples, type Outputs, type Runner, rootCommand } from './shared.ts';

/** The commands of `proto-release`, the vendor's side. Same layout as tree.ts. */
export function releaseTree(version: string, run: Runner, outputs: Outputs): Command {
  const root = rootCommand('proto-release', version, outputs)
    .description('Publishes releases of the platform to a registry, signed.')
    // `publish` has a --version of its own.
    .enablePositionalOptions();
  const add = (usage: string, about: string) =>
    root
      .command(usage)
      .description(about)
      .option('--json', 'print one JSON document to stdout')
      .option('-q, --quiet', 'print only results and problems')
      .option('-v, --verbose', 'show the requests');
  const inRegistry = (usage: string, about: string) =>
    add(usage, about)
      .requiredOption('--registry <host>', 'registry, such as ACCOUNT.dkr.ecr.REGION.amazonaws.com')
      .requiredOption('--namespace <ns>', 'namespace of the repositories, such as proto');
  add('lint <dir>', 'report everything that is wrong with a template set').action(
    run<object>(async (context, _, [dir = '']) =>
      (await import('../commands/release-lint.ts')).releaseLint(context, dir),
    ),
  );
  inRegistry('publish <dir>', 'publish a release from a template set')
    .requiredOption('--version <version>', 'version of the release, such as 2026.12.0')
    .option('--images-tag <tag>', 'tag of the images and static bundles (default: the version)')
    .option(
      '--key <file>',
      'private key to sign with: PKCS#8, or as cosign writes it (COSIGN_PASSWORD)',
    )
    .option('--required-from <version>', 'release that earlier installations must have first')
    .option('--minimum-program <version>', 'oldest proto-scaffold that can install the release')
    .option('--notes <file>', 'release notes in Markdown, which `update` shows')
    .option('--dry-run', 'show what would be published, push nothing', false)
    .addHelpText(
      'after',
      examples(
        'proto-release publish templates --version 2026.12.0 --registry HOST --namespace proto --key proto.key',
      ),
    )
    .action(
      run<never>(async (context, options, [dir = '']) =>
        (await import('../commands/release-publish.ts')).releasePublish(context, dir, options),
      ),
    );
  inRegistry('promote <version> <channel>', 'move a channel to a release').action(
    run<never>(async (context, options, [version = '', channel = '']) =>
      (await import('../commands/release-promote.ts')).releasePromote(
        ...([context, version, channel, options] as const),
      ),
    ),
  );
  inRegistry('show <ref>', 'show what a release pins, and who signed it')
    .option('--against <ref>', 'also show the differences to another release')
    .action(
      run<never>(async (context, options, [ref = '']) =>
        (await import('../commands/release-show.ts')).releaseShow(context, ref, options),
      ),
    );
  return root;
}
