import { compareVersions } from '../release/release-order.ts';

/**
 * The part of release notes that is about what lies between two releases: the sections whose heading begins with a version after `from`.
 * Notes without such headings are about their own release as a whole.
 * @param notes Markdown
 */
export function notesSince(notes: string, from: string): string {
  const lines = notes.split(/\r?\n/);
  const versionOf = (line: string) => /^#{1,3}\s+\[?v?(\d+(?:\.\d+)+[^\s\]]*)/.exec(line)?.[1];
  if (!lines.some((line) => versionOf(line) !== undefined)) return notes.trim();
  let isNew = true;
  const kept = lines.filter((line) => {
    const version = versionOf(line);
    if (version !== undefined) isNew = (compareVersions(version, from) ?? 1) > 0;
    return isNew;
  });
  return kept.join('\n').trim();
}
