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

  it('are found in tables that were renamed, with quoted names, and in no other key', () => {
    const renames: [string, string][] = [['api', '"a.b"']];
    const template = '["a.b"]\nx = "{YOUR_URL}"\n\n[api]\nx = "{YOUR_OTHER}"\n';
    expect(read(template, '[api]\nx = "here"\n', renames)).toEqual({ YOUR_URL: 'here' });
    expect(read(template, '[a]\nb.x = "here"\n', renames)).toEqual({});
    const after = '["a.b"]\nx = "here"\n[api]\nx = "there"\n';
    expect(read(template, after, renames)).toEqual({ YOUR_URL: 'here', YOUR_OTHER: 'there' });
  });

  it('are found in elements of arrays, whatever was added or moved', () => {
    const template =
      '[[up]]\nname = "a"\nurl = "{YOUR_URL}"\n[[up]]\nname = "b"\nkey = "{YOUR_KEY}"\n';
    const moved =
      'up = [{ name = "x", url = "0" }, { name = "b", key = "k" }, { name = "a", url = "u" }]\n';
    expect(read(template, moved)).toEqual({ YOUR_URL: 'u', YOUR_KEY: 'k' });
    const byContent =
      '[[up]]\nkind = 1\nurl = "{YOUR_URL}"\n[[up]]\nkind = 2\nurl = "{YOUR_KEY}"\n';
    const turned = '[[up]]\nkind = 2\nurl = "k"\n[[up]]\nkind = 1\nurl = "u"\nmine = 1\n';
    expect(read(byContent, turned)).toEqual({ YOUR_URL: 'u', YOUR_KEY: 'k' });
    expect(read('a = ["x", "{YOUR_URL}"]\n', 'a = ["u", "x"]\n')).toEqual({ YOUR_URL: 'u' });
  });

  it('are found where two meet in one text, unless another place is sure', () => {
    const template = 'a = "https://{YOUR_USER}:{YOUR_KEY}@x"\n';
    expect(read(template, 'a = "https://me:k@x"\n')).toEqual({ YOUR_USER: 'me', YOUR_KEY: 'k' });
    expect(read(`${template}b = "{YOUR_KEY}"\n`, 'a = "https://m:e:k@x"\nb = "k"\n')).toEqual({
      YOUR_USER: 'm',
      YOUR_KEY: 'k',
    });
  });

  it('are found among a thousand elements in no time', () => {
    const element = (n: number) => `[[up]]\nname = "n${n}"\nurl = "{YOUR_URL}"\nport = ${n}\n`;
    const all = Array.from({ length: 1000 }, (_, n) => element(n));
    const template = all.join('');
    const start = performance.now();
    const text = all.toReversed().join('').replaceAll('{YOUR_URL}', 'u');
    expect(read(template, text)).toEqual({ YOUR_URL: 'u' });
    const list = (values: string[]) =>
      `a = ["{YOUR_URL}", ${values.map((v) => `"${v}"`).join(', ')}]\n`;
    const many = Array.from({ length: 5000 }, (_, n) => `v${n}`);
    expect(read(list(many), list(many.toReversed()).replace('{YOUR_URL}', 'u'))).toEqual({
      YOUR_URL: 'u',
    });
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
