import TOML from '@iarna/toml';
import * as z from 'zod';

/** Settings of proto-scaffold, in a template that the operator edits. */
export const settingsFile = 'proto.toml';

const Table = z.record(z.string(), z.unknown());

export interface Settings {
  /** Whether `update` backs up the data first if it cannot ask: yes, unless the setting is "no". */
  readonly backup: 'yes' | 'no';
  /** Why the findings of these checks are accepted, by id of the check. */
  readonly ignore: ReadonlyMap<string, string>;
  /** What is wrong with the file, each as a sentence about it. The default applies instead. */
  readonly problems: readonly string[];
}

/** @param text of proto.toml; absent in an installation of an older release */
export function readSettings(text: string | undefined): Settings {
  const problems: string[] = [];
  const { update, ignore } = tables(text ?? '', problems);
  const backup = Table.safeParse(update).data?.backup ?? 'yes';
  if (backup !== 'yes' && backup !== 'no') {
    problems.push(`${settingsFile}: update.backup must be "yes" or "no". Using "yes".`);
  }
  const reasons = Object.entries(Table.safeParse(ignore).data ?? {}).flatMap(([id, reason]) => {
    if (typeof reason === 'string' && reason.trim() !== '') return [[id, reason.trim()] as const];
    problems.push(
      `${settingsFile}: ignore.${id} needs a reason, in quotes. The check is not ignored.`,
    );
    return [];
  });
  return { backup: backup === 'no' ? 'no' : 'yes', ignore: new Map(reasons), problems };
}

function tables(text: string, problems: string[]): Readonly<Record<string, unknown>> {
  try {
    return TOML.parse(text.replace(/^\ufeff/, ''));
  } catch {
    problems.push(`${settingsFile} is not valid TOML, so its settings are not used.`);
    return {};
  }
}
