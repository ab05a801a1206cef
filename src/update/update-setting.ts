import { findInToml } from '../toml/find.ts';
import { parseToml } from '../toml/parse-toml.ts';

/** Settings of the program itself; a template like any other, which the operator edits. */
export const settingsFile = 'proto.toml';

/**
 * Whether `update` backs the data up first where nobody can be asked: yes, unless the operator said no.
 * @param text of proto.toml; an installation of an older release has none
 * @returns `unclear` where it says something else
 */
export function backupSetting(text: string | undefined): 'yes' | 'no' | 'unclear' {
  if (text === undefined) return 'yes';
  const parsed = parseToml(text);
  if (!parsed.ok) return 'unclear';
  const { node } = findInToml(parsed.document.root, ['update', 'backup']);
  if (node === undefined) return 'yes';
  const value = node.kind === 'entry' ? node.value : undefined;
  return value === 'yes' || value === 'no' ? value : 'unclear';
}
