import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nginxUserName } from '../../../src/checks/facts/web-user.ts';
import { nginxDirectives } from '../../../src/lib/text/nginx-conf.ts';
import { lineThatIncludes } from '../../../src/nginx/nginx.ts';
import { nginxWord } from '../../../src/nginx/nginx-word.ts';
import { certificateOfSite } from '../../../src/nginx/site-certificate.ts';
import { hostOfSite } from '../../../src/values/site-host.ts';

const read = (conf: string) =>
  nginxDirectives(conf).map(({ name, args, within }) =>
    [...within, name, ...args.map(({ text }) => text)].join(' '),
  );

describe('an nginx configuration', () => {
  it.each([
    ['a 1;b 2;', ['a 1', 'b 2']],
    ['a # one\n 1 # two; {\n # three }\n 2;', ['a 1 2']],
    ['a b#c;', ['a b#c']],
    ['a "b # c" \'d; e\' f\\ g;', ['a b # c d; e f\\ g']],
    ['a "x\\"y" \'x\\\'y\' "\\\\" "\\t" "\\d";', ['a x"y x\'y \\ \t \\d']],
    ['a b"c d"e;', ['a b"c d"e']],
    ['http{server{a 1;}\nb 2;}c 3;', ['http', 'http server', 'http server a 1', 'http b 2', 'c 3']],
    ['a ${b}c $d;', ['a ${b}c $d']],
    ['location ~ "^/a{2}" { b; }', ['location ~ ^/a{2}', 'location b']],
    ['a\r\n\tb;\r\n', ['a b']],
    ['a b', ['a b']],
    ['a "b', ['a b']],
    ['} a b;', ['a b']],
    ['', []],
  ])('%j has %j', (conf, expected) => {
    expect(read(conf)).toEqual(expected);
  });

  it('has any word again that nginxWord wrote, at its place', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const conf = `# c\nname ${nginxWord(text)} x;`;
        const [word] = nginxDirectives(conf)[0]?.args ?? [];
        expect(word?.text).toBe(text);
        expect(conf.slice(word?.start, word?.end)).toBe(nginxWord(text));
      }),
    );
  });

  it('may be anything', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        nginxDirectives(text);
      }),
    );
    const start = performance.now();
    for (const piece of ['{', '}', 'a ', '"', '#', '\\', 'a;', '${'])
      nginxDirectives(piece.repeat(100_000));
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

// With patterns that try every way to share blanks, or with the blocks listed at each depth, each of these takes minutes.
describe('a large nginx configuration', () => {
  it.each([
    ['server names without an end', 'server_name a.example\n'.repeat(50_000)],
    ['listens without an end', 'listen 443 \n'.repeat(50_000)],
    ['blank lines', '\n'.repeat(500_000)],
    ['blanks', `server_name ${' '.repeat(500_000)}`],
    ['blanks behind listen', `listen ${' '.repeat(250_000)}443 ${' '.repeat(250_000)}x`],
    ['one long line', 'server_name '.repeat(50_000)],
    ['directives of the main configuration', 'user \n\n pid \n include \n'.repeat(20_000)],
    ['blocks in blocks', 'http { '.repeat(100_000)],
  ])('is read at once with %s', (_, conf) => {
    expect(certificateOfSite(conf)).toBeUndefined();
    expect(lineThatIncludes(conf, '/x')).toBeUndefined();
    expect(nginxUserName('user nginx;'.padEnd(500_000))).toBe('nginx');
    expect([hostOfSite(conf), nginxUserName(conf)]).toBeDefined();
  });

  it('ends each of its blocks, however deep they are', () => {
    const conf = `${'a { '.repeat(200)}${'} '.repeat(200)} } b;`;
    expect(nginxDirectives(conf).at(-1)).toMatchObject({ name: 'b', within: [] });
    expect(
      nginxDirectives(`${'a { '.repeat(200)}${'} '.repeat(198)}b;`).at(-1)?.within,
    ).toHaveLength(2);
  });
});
