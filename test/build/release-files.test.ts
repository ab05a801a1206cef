import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
// @ts-expect-error scripts have no types
import { changelogFor, isNewer, withVersion } from '../../scripts/release-files.mjs';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

describe('a release', () => {
  it.each([
    ['0.1.1', '0.1.0', true],
    ['0.10.0', '0.9.9', true],
    ['1.0.0', '0.99.0', true],
    ['0.1.0', '0.1.0', false],
    ['0.1.9', '0.2.0', false],
  ])('%s after %s: %s', (version, other, newer) => {
    expect(isNewer(version, other)).toBe(newer);
  });

  it.each(['package.json', 'package-lock.json'])(
    'changes the version in %s and nothing else',
    (name) => {
      const before = read(name);
      const { version } = JSON.parse(before);
      const after: string = withVersion(name, before, '9.8.7', '2026-12-01');
      const lines = (text: string) => text.split('\n');
      const changed = lines(after).filter((line, index) => line !== lines(before)[index]);
      expect(new Set(changed.map((line) => line.trim()))).toEqual(new Set(['"version": "9.8.7",']));
      expect(lines(after)).toHaveLength(lines(before).length);
      expect(version).not.toBe('9.8.7');
    },
  );

  it('puts what is unreleased under its own heading', () => {
    const before =
      '# Changelog\n\n## Unreleased\n\n### Added\n\n- one\n\n## 0.1.0 - 2026-11-01\n\n- old\n';
    const after = withVersion('CHANGELOG.md', before, '0.2.0', '2026-12-01');
    expect(after).toBe(
      before.replace('## Unreleased\n', '## Unreleased\n\n## 0.2.0 - 2026-12-01\n'),
    );
    expect(changelogFor('0.2.0', after)).toBe('### Added\n\n- one\n');
    expect(changelogFor('Unreleased', after).trim()).toBe('');
  });

  it('is refused where nothing is unreleased', () => {
    const text = '# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2026-11-01\n\n- old\n';
    expect(() => withVersion('CHANGELOG.md', text, '0.2.0', '2026-12-01')).toThrow(/Unreleased/);
  });
});
