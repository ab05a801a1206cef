import { describe, expect, it } from 'vitest';
import { includeWords, rivalsOf } from '../../src/nginx/served-sites.ts';

/** Which site nginx uses of two for one name, by its configuration. */

const site = '/etc/nginx/sites-enabled/proto.conf';
const ours =
  'server { listen 80; server_name chat.example; return 301 https://chat.example; }\nserver { listen 443 ssl; server_name chat.example; location / {} }';
const nameless = 'server { listen 80; server_name _; location / {} }';

/** Files of sites-enabled, in nginx's order; the main file includes them. */
function rivals(files: Record<string, string>, more = '') {
  const texts = new Map(Object.entries(files).map(([name, text]) => [at(name), text]));
  const main = '/etc/nginx/nginx.conf';
  const text = `events {} http { include sites-enabled/*; ${more} } stream { server { listen 443; } }`;
  const includes = new Map([['sites-enabled/*', [...texts.keys()].sort()]]);
  return rivalsOf({ main, texts: texts.set(main, text), includes, unreadable: [] }, site).map(
    ({ file, line, name, address, ignored }) =>
      `${ignored} by ${file.replace(/.*\//, '')}:${line} ${name || '-'} ${address}`,
  );
}
const at = (name: string) => `/etc/nginx/sites-enabled/${name}`;

describe('another site for the name', () => {
  it.each([
    [
      'a',
      'server {\n listen 443 ssl;\n server_name CHAT.example;\n}',
      ['site by a:1 chat.example 0.0.0.0:443'],
    ],
    [
      'a',
      '\nserver { listen *:443; server_name x "chat.example"; }',
      ['site by a:2 chat.example 0.0.0.0:443'],
    ],
    [
      'a',
      'server { listen 0.0.0.0:443; server_name .chat.example; }',
      ['site by a:1 chat.example 0.0.0.0:443'],
    ],
    ['a', 'server { server_name chat.example; }', ['redirect by a:1 chat.example 0.0.0.0:80']],
    [
      'z',
      'server { listen 443; server_name chat.example; }',
      ['other by z:1 chat.example 0.0.0.0:443'],
    ],
    ['a', 'server { listen 443; server_name other.example; }', []],
    ['a', 'server { listen 443 default_server; }', []],
    ['a', 'server { listen 8443; server_name chat.example; }', []],
    ['a', 'server { listen [::]:443; server_name chat.example; }', []],
    ['a', 'server { listen unix:/run/x; server_name chat.example; }', []],
    ['a', 'server { listen 443; server_name *.example; }', []],
    ['a', '# server { listen 443; server_name chat.example; }', []],
    ['a', 'server { listen 443; location / { proxy_pass http://chat.example; } }', []],
  ])('in %s: %s', (name, text, expected) => {
    expect(rivals({ [name]: text, 'proto.conf': ours })).toEqual(expected);
  });

  it('in the main file counts by its place', () => {
    const other = 'server { listen 443; server_name chat.example; }';
    expect(rivals({ 'proto.conf': ours }, other)).toEqual([
      'other by nginx.conf:1 chat.example 0.0.0.0:443',
    ]);
  });
});

describe('a site without a host name is used as the default server only', () => {
  it.each([
    ['a', 'server { listen 80; server_name x; }', ['site by a:1 - 0.0.0.0:80']],
    ['z', 'server { listen 80; server_name x; }', []],
    ['z', 'server { listen 80 default_server; }', ['site by z:1 - 0.0.0.0:80']],
    ['z', 'server { listen 80 # the port\n default; }', ['site by z:1 - 0.0.0.0:80']],
    ['z', 'server { listen [::]:80 default_server; }', []],
    ['z', 'server { listen 80; # default_server\n}', []],
  ])('beside %s: %s', (name, text, expected) => {
    expect(rivals({ [name]: text, 'proto.conf': nameless })).toEqual(expected);
  });
});

it('includes are followed in the http block, and a circle ends', () => {
  expect(
    includeWords('include a; http { include b; server { include "c d"; } } stream { include e; }'),
  ).toEqual(['a', 'b', 'c d']);
  const texts = new Map([
    ['/m', 'http { include m; include p; }'],
    ['/p', ours],
  ]);
  const files = {
    main: '/m',
    texts,
    includes: new Map([
      ['m', ['/m']],
      ['p', ['/p']],
    ]),
    unreadable: [],
  };
  expect(rivalsOf(files, '/p')).toEqual([]);
});

it('a file that is included thousands of times is read once', () => {
  const text = 'server { listen 80; server_name x; }\n'.repeat(2000);
  const main = 'include /p;\n'.repeat(20_000);
  const texts = new Map([
    ['/m', main],
    ['/p', text],
  ]);
  const files = { main: '/m', texts, includes: new Map([['/p', ['/p']]]), unreadable: [] };
  expect(rivalsOf(files, '/p')).toEqual([]);
});
