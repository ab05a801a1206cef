import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nginxDirectives } from '../../src/lib/text/nginx-conf.ts';
import { literalWord, nginxWord } from '../../src/nginx/nginx-word.ts';
import { siteFaults } from '../../src/nginx/site-rules.ts';
import { referenceDirectives } from './lexer-reference.ts';

/** What root installs as a part of nginx's configuration cannot give root's rights away. */

const installation = '/srv/proto';
const judged = (conf: string, owned: string[] = []) =>
  siteFaults(conf, { installation, owned: new Set(owned) }).map(
    ({ line, message }) => `${line}: ${message}`,
  );
const inServer = (line: string) => `server {\n${line}\n}\n`;
const golden = (name: string) =>
  readFileSync(join(import.meta.dirname, '../golden', name, 'expected/nginx/proto.conf'), 'utf8');

describe('a site', () => {
  it.each(['hybrid', 'hybrid-given-certificate', 'no-values', 'all-values', 'hostile-values'])(
    'of the golden tree %s is harmless',
    (name) => {
      expect(judged(golden(name))).toEqual([]);
    },
  );

  it.each([
    'client_max_body_size 1g;',
    'limit_req zone=one burst=5;',
    'auth_basic "closed"; auth_basic_user_file /etc/nginx/passwords;',
    'location /.well-known/acme-challenge/ { root /var/www/html; }',
    'location /x { alias /srv/proto/x/; }',
    'set_real_ip_from 10.0.0.0/24; real_ip_header X-Forwarded-For;',
    'access_log off;',
    'access_log /var/log/nginx/chat.log combined buffer=32k;',
    'error_log /var/log/nginx/error.log error;',
    'include mime.types;',
    'include snippets/ssl-params.conf;',
    'include /etc/letsencrypt/options-ssl-nginx.conf; # managed by Certbot',
    'ssl_dhparam /etc/letsencrypt/ssl-dhparams.pem; # managed by Certbot',
    'ssl_certificate /etc/letsencrypt/live/a/fullchain.pem;',
    'ssl_certificate ssl/chat.pem;',
    'ssl_certificate /home/op/chat.pem;',
    'if ($host = chat.example-bank.com) {\n        return 301 https://$host$request_uri;\n    } # managed by Certbot',
    'types { text/plain log; }',
    'add_header X "a; include /x; b";',
  ])('may have %s', (line) => {
    expect(judged(inServer(line), ['/home/op/chat.pem'])).toEqual([]);
  });

  it.each([
    ['access_log /etc/cron.d/x;', /would write to \/etc\/cron\.d\/x\. Write to a file directly in/],
    ['access_log /var/log/nginx/../../../etc/cron.d/x;', /would write to/],
    ['access_log /var/log/nginx/$host.log;', /would write to/],
    ['access_log syslog:server=10.0.0.1 combined;', /would write to/],
    ['error_log /root/.bashrc;', /^2: error_log: /],
    ['"error_log" /root/.bashrc;', /^2: error_log: /],
    ['include /srv/proto/evil.conf;', /can change \/srv\/proto\/evil\.conf would change/],
    ['include /etc/nginx/../../tmp/x;', /^2: include: /],
    ['include ../x;', /^2: include: /],
    ['load_module modules/ngx_http_perl_module.so;', /^2: load_module: it is not among/],
    ['content_by_lua_block { os.execute("id") }', /content_by_lua_block: it is not among/],
    ['perl_set $x "sub { }";', /perl_set: it is not among/],
    ['js_content x;', /js_content: it is not among/],
    ['proxy_cache_path /etc/x keys_zone=a:1m;', /proxy_cache_path: it is not among/],
    ['client_body_temp_path /etc/x;', /client_body_temp_path: it is not among/],
    ['proxy_store on;', /proxy_store: it is not among/],
    ['fastcgi_pass 127.0.0.1:9000;', /fastcgi_pass: it is not among/],
    ['listen unix:/etc/x;', /listen uses a socket/],
    ['proxy_pass http://UNIX:/run/docker.sock;', /proxy_pass uses a socket/],
    ['root /;', /root: \/ is neither in the installation nor in/],
    ['root /srv/proto/../../etc;', /^2: root: /],
    ['root /srv/proto/$host;', /^2: root: /],
    ['root /srv/protocol;', /^2: root: /],
    ['location /x { alias /etc/; }', /^2: alias: /],
    ['ssl_certificate /root/x.pem;', /ssl_certificate: \/root\/x\.pem is neither in the/],
    ['ssl_certificate_key engine:pkcs11:x;', /^2: ssl_certificate_key: /],
    ['ssl_certificate data:$x;', /^2: ssl_certificate: /],
    ['ssl_certificate /srv/proto/$ssl_server_name;', /^2: ssl_certificate: /],
    ['types { include /etc/shadow; }', /^2: include: /],
    ['set $proto_dollar /../;', /variable \$proto_dollar/],
    ['rewrite "(?<proto_dollar>.*)" /;', /variable \$proto_dollar/],
    ['unknown_block { gzip on; }', /unknown_block: it is not among/],
    ['gzip on { root /; }', /root: it is not among/],
    ['constructor 1;', /constructor: it is not among/],
    [`${'location / { '.repeat(12)} deny all; ${'} '.repeat(12)}`, /is in more than 10 blocks/],
    ['server_tokens off;\u0000', /^2: has a control character/],
    // What a lexer takes for blank or for a comment that nginx does not.
    ['server_name a \f# ; error_log /etc/x;\n;', /error_log: root's nginx/],
    ['server_name a \u00a0# ; error_log /etc/x;\n;', /error_log: root's nginx/],
    ['server_name \\${ error_log /etc/x; }', /error_log/],
    ['server_name a"b; error_log /etc/x; c"d;', /error_log: root's nginx/],
    ['err\\or_log /etc/x;', /err\\or_log: it is not among/],
  ])('must not have %s', (line, reason) => {
    expect(judged(inServer(line)).join('\n')).toMatch(reason);
  });

  it('has no other format for logs than its own', () => {
    expect(judged("log_format x 'root::0:0:::';").join()).toMatch(
      /^1: log_format: a format decides .* \/etc\/nginx\/conf\.d/,
    );
    expect(
      judged(golden('hybrid').replace('$remote_addr - ', '* * * * * root id ')).join(),
    ).toMatch(/log_format: a format decides/);
  });

  it('may have a map, but no file in it', () => {
    const map = (pairs: string) => `map $uri $x { ${pairs} }`;
    expect(judged(map('default 1; "~^/a;" "error_log /x";'))).toEqual([]);
    expect(judged(map('include /etc/shadow;'))).toHaveLength(1);
    expect(judged(map('"include" /etc/shadow;'))).toHaveLength(1);
  });

  it('may have the path of a folder with a dollar sign, but only as a dollar sign', () => {
    const ground = { installation: '/srv/a$b' };
    const root = inServer(`root ${literalWord('/srv/a$b/frontend')};`);
    expect(siteFaults(`geo $proto_dollar { default "$"; }\n${root}`, ground)).toEqual([]);
    for (const other of ['default "/../../etc";', 'default "$"; 10.0.0.0/8 /;']) {
      expect(siteFaults(`geo $proto_dollar { ${other} }\n${root}`, ground)).toHaveLength(1);
    }
    expect(siteFaults(`map $uri $proto_dollar { default /; }\n${root}`, ground)).toHaveLength(1);
  });

  it('names every line, however the rest looks', () => {
    const dangerous = ['error_log /etc/x;', 'perl_set $x y;', 'root /etc;'];
    const harmless = ['gzip on;', '# error_log /etc/y;', 'add_header X "}";', '', 'deny all;'];
    const lines = fc.array(
      fc.oneof(
        fc.record({ line: fc.constantFrom(...dangerous), bad: fc.constant(true) }),
        fc.record({ line: fc.constantFrom(...harmless), bad: fc.constant(false) }),
      ),
    );
    fc.assert(
      fc.property(lines, (all) => {
        const conf = `server {\n${all.map(({ line }) => line).join('\n')}\n}`;
        const expected = all.flatMap(({ bad }, index) => (bad ? [index + 2] : []));
        expect(siteFaults(conf, { installation }).map(({ line }) => line)).toEqual(expected);
      }),
    );
  });

  it('has a path that is refused, however it is written', () => {
    const path = fc.string({ minLength: 1, unit: 'binary' }).map((text) => `/x${text}`);
    fc.assert(
      fc.property(path, (text) => {
        expect(judged(inServer(`error_log ${nginxWord(text)};`))).not.toEqual([]);
      }),
    );
  });
});

describe('nginx’s own reader', () => {
  const pieces = ['a', 'b', ' ', '\t', '\r', '\n', '\f', '\u00a0', ';', '{', '}', '"', "'", '\\'];
  const text = fc.string({ unit: fc.constantFrom(...pieces, '#', '$', ')', '${', 'a;', 'x {') });

  it('finds the same directives in whatever it accepts', () => {
    let accepted = 0;
    fc.assert(
      fc.property(text, (conf) => {
        const expected = referenceDirectives(conf);
        if (expected === undefined) return;
        accepted++;
        const found = nginxDirectives(conf).map(({ name, args, within }) => ({
          words: [name, ...args.map(({ text }) => text)],
          within,
        }));
        expect(found).toEqual(expected);
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it.each(['hybrid', 'all-values'])('reads the golden site %s alike', (name) => {
    const found = nginxDirectives(golden(name)).map(({ name, args, within }) => ({
      words: [name, ...args.map(({ text }) => text)],
      within,
    }));
    expect(found).toEqual(referenceDirectives(golden(name)));
  });
});
