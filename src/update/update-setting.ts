import { findInToml } from '../toml/find.ts';
import { parseToml } from '../toml/parse-toml.ts';

/** Settings of proto-scaffold, in a template that the operator edits. */
export const settingsFile = 'proto.toml';

/**
 * Whether `update` backs up the data first if it cannot ask: yes, unless the setting is "no".
 * @param text of proto.toml; absent in an installation of an older release
 * @returns `unclear` for any other value
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
