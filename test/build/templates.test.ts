import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRelease } from '../../src/core/release.ts';
import { readTemplates } from '../../src/host/templates.ts';

/** The templates that the program has inside are those of templates/. */

const root = new URL('../../', import.meta.url).pathname;
const built: Record<string, string> = JSON.parse(
  readFileSync(`${root}dist/templates.json`, 'utf8'),
);

describe('dist/templates.json', () => {
  it('says of the release what release.yml says', async () => {
    const { release } = await readTemplates(`${root}templates`);
    expect(parseRelease(built['release.yml'] ?? '')).toEqual(parseRelease(release));
  });

  it('has every other file to the byte, in the same order', async () => {
    const { files } = await readTemplates(`${root}templates`);
    const others = Object.entries(built).filter(([path]) => path !== 'release.yml');
    expect(others).toEqual([...files]);
  });
});
