import { describe, expect, it } from 'vitest';
import { notesSince } from '../../src/release-object/notes.ts';

describe('release notes', () => {
  const notes =
    '# Releases\n\n## 2026.12.0\nnew\n\n## [2026.11.0] - 1 November\nbetween\n\n## v2026.10.0\nold\n';

  it('are those since the installed release', () => {
    expect(notesSince(notes, '2026.10.0')).toBe(
      '# Releases\n\n## 2026.12.0\nnew\n\n## [2026.11.0] - 1 November\nbetween',
    );
    expect(notesSince(notes, '2026.12.0')).toBe('# Releases');
    expect(notesSince(notes.replaceAll('\n', '\r\n'), '2026.11.0')).toBe(
      '# Releases\n\n## 2026.12.0\nnew',
    );
  });

  it('without a version in a heading are shown whole', () => {
    expect(notesSince('# News\n2026.12.0 is here\n', '2026.12.0')).toBe(
      '# News\n2026.12.0 is here',
    );
  });
});
