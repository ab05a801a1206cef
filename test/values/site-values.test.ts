import { describe, expect, it } from 'vitest';
import type { TemplateSet } from '../../src/release/release.ts';
import { siteValues } from '../../src/values/site-values.ts';

const file = 'backend/config/platform.toml';

function read(template: string, text: string, renames: [string, string][] = []) {
  const release = { renames: renames.map(([from, to]) => ({ file, from, to })) };
  const templates = { release, files: new Map([[file, template]]) } as unknown as TemplateSet;
  return Object.fromEntries(siteValues(templates, new Map([[file, text]])));
}

describe('the values that the operator’s files have now', () => {
  it('are what stands where the template has its placeholder', () => {
    const template = '[app]\nurl = "https://{YOUR_URL}/api"\nlist = [\'https://{YOUR_URL}\']\n';
    const text = '[app]\nurl = "https://x.example/api"\nlist = ["https://x.example", "other"]\n';
    expect(read(template, text)).toEqual({ YOUR_URL: 'x.example' });
  });

  it('are those of most places, of equally many the first', () => {
    const template = 'a = "{YOUR_URL}"\nb = "{YOUR_URL}"\nc = "{YOUR_URL}"\n';
    expect(read(template, 'a = "one"\nb = "two"\nc = "two"\n')).toEqual({ YOUR_URL: 'two' });
    expect(read(template, 'a = "one"\nb = "two"\n')).toEqual({ YOUR_URL: 'one' });
  });

  it('are none where the placeholder stands still, the text has another form, or the file is broken', () => {
    const template = 'a = "https://{YOUR_URL}/"\n';
    expect(read(template, template)).toEqual({});
    expect(read(template, 'a = "ftp://x/"\n')).toEqual({});
    expect(read(template, 'a = = 1\n')).toEqual({});
    expect(read(template, '')).toEqual({});
  });

  it('are found under every name that a key had before', () => {
    const renames: [string, string][] = [
      ['a.x', 'b.x'],
      ['b.x', 'c.x'],
    ];
    const template = '[c]\nx = "{YOUR_URL}"\n';
    for (const table of ['a', 'b', 'c']) {
      expect(read(template, `[${table}]\nx = "here"\n`, renames)).toEqual({ YOUR_URL: 'here' });
    }
  });
});
