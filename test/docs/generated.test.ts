import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { generatedPages } from '../../scripts/docs/pages.ts';

describe.each([...generatedPages()])('%s', (name, text) => {
  it('is what `npm run docs` would write now', () => {
    const path = fileURLToPath(new URL(`../../${name}`, import.meta.url));
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});
