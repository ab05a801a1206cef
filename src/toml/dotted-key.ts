import { parseToml } from './parse-toml.ts';

/**
 * Parses a key as a person writes it: dotted, with quoted parts where TOML requires it (`labels."my key"`).
 * @returns its parts, or `undefined` if it is not a complete key
 */
export function parseDottedKey(text: string): string[] | undefined {
  const typed = text.trim();
  const parsed = parseToml(`${typed} = 0`);
  if (!parsed.ok) return undefined;
  const [entry, ...others] = parsed.document.entries;
  if (entry === undefined || others.length > 0) return undefined;
  const { start, end } = entry.keyRange;
  return start === 0 && end === typed.length ? entry.path.map(String) : undefined;
}
