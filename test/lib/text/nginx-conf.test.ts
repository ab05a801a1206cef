import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nginxDirectives } from '../../../src/lib/text/nginx-conf.ts';
import { nginxWord } from '../../../src/nginx/nginx-word.ts';

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
