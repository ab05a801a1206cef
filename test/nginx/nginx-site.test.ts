import { describe, expect, it } from 'vitest';
import { abilitiesIn, http2Of, parseBuild } from '../../src/nginx/nginx.ts';
import { renderNginx, type Site } from '../../src/nginx/render-nginx.ts';
import { certificateOfSite } from '../../src/nginx/site-certificate.ts';
import { parseRelease } from '../../src/release/parse-release.ts';
import type { Release } from '../../src/release/release.ts';
import { hostOfSite, parseSiteHost, siteHostText } from '../../src/values/site-host.ts';
import { readTemplateSet } from '../support/template-set.ts';

const { release } = readTemplateSet();
const certificate = { certificate: '/etc/ssl/a.pem', key: '/etc/ssl/a.key' };

function render(site: Partial<Site> = {}, of: Release = release): string {
  const whole = { installation: '/srv/proto', ...site };
  return renderNginx({ release: of, hosting: 'on-premise', site: whole }) ?? '';
}

/** The lines of a text that begin with a directive, without indentation. */
const lines = (text: string, directive: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`${directive} `));

describe('the site of an installation', () => {
  it('has every route of the release: a port of 127.0.0.1 behind each, and a folder for each bundle', () => {
    const text = render({ url: 'chat.example-bank.com' });
    expect(lines(text, 'server')).toContain('server 127.0.0.1:8081;');
    expect(lines(text, 'location')).toEqual([
      'location / {',
      expect.stringMatching(/^location ~ "\^\/assets\//),
      'location = /webchat {',
      'location /webchat/ {',
      expect.stringMatching(/^location ~ "\^\/webchat\/assets\//),
      'location = /api {',
      'location /api/ {',
      'location /api/platform/ {',
      'location /api/chatbot/ {',
      'location /msgrouter_ws/ {',
    ]);
    expect(lines(text, 'root')).toEqual([
      'root /srv/proto/frontend;',
      'root /srv/proto/frontend;',
      'root /srv/proto;',
      'root /srv/proto;',
    ]);
  });

  it('gets a route that a release adds, without a line of TypeScript', () => {
    const mailer = { ...release.services.platform, publish: 8090 } as Release['services'][string];
    const text = render(
      {},
      {
        ...release,
        services: { mailer: { ...mailer, route: { path: '/api/mailer/', kind: 'http' } } },
      },
    );
    expect(text).toContain('upstream mailer {\n    server 127.0.0.1:8090;');
    expect(text).toContain('proxy_pass http://mailer$proto_path_mailer;');
  });

  it('is none where the hosting has neither a bundle nor a route', () => {
    const site = { installation: '/srv/proto' };
    const bare = { ...release, bundles: {}, services: {} };
    expect(renderNginx({ release: bare, hosting: 'on-premise', site })).toBeUndefined();
  });

  it('serves a lone service at / for a kind of hosting without bundles', () => {
    const bucket = {
      ...release.services.bucket,
      publish: 9002,
      route: { path: '/', kind: 'http' },
    } as Release['services'][string];
    const site = { installation: '/srv/$x', certificate };
    const services = { bucket };
    const text = renderNginx({ release: { ...release, services }, hosting: 'hybrid', site }) ?? '';
    expect(lines(text, 'location')).toEqual(['location / {']);
    expect(text).not.toMatch(/root|geo/);
  });

  it('has no directive or parameter that nginx 1.14 lacks', () => {
    const text = render({ url: 'chat.example-bank.com', certificate });
    expect(text).not.toMatch(
      /http2 on|ssl_reject_handshake|ssl_conf_command|keepalive_time\b|quic/,
    );
  });
});

describe('the host name', () => {
  it('with a certificate is on 443, and 80 leads there', () => {
    const text = render({ url: 'chat.example-bank.com', certificate });
    expect(new Set(lines(text, 'listen'))).toEqual(
      new Set(['listen 80;', 'listen 443 ssl http2;']),
    );
    expect(text).toContain('return 301 https://chat.example-bank.com$request_uri;');
    expect(text).toContain('ssl_protocols TLSv1.2 TLSv1.3;');
  });

  it('with a port is listened to there, named without it, and known with it to the services', () => {
    const text = render({ url: 'chat.example-bank.com:8443', certificate });
    expect(new Set(lines(text, 'listen'))).toEqual(
      new Set(['listen 80;', 'listen 8443 ssl http2;']),
    );
    expect(new Set(lines(text, 'server_name'))).toEqual(
      new Set(['server_name chat.example-bank.com;', 'server_name _proto_other_names;']),
    );
    expect(text).toContain('return 301 https://chat.example-bank.com:8443$request_uri;');
    expect(text).toContain('proxy_set_header Host $host:$server_port;');
    expect(new Set(lines(render({ url: 'a.example:80', certificate }), 'listen'))).toEqual(
      new Set(['listen 80 ssl http2;']),
    );
  });

  it('without a certificate is on plain http, and a comment says so', () => {
    const text = render({ url: 'chat.example-bank.com' });
    expect(new Set(lines(text, 'listen'))).toEqual(new Set(['listen 80;']));
    expect(text).toMatch(/# No certificate is set, so this server uses plain http/);
    expect(text).not.toContain('ssl_');
  });

  it.each([undefined, 'x; root /', '"', 'a b', 'chat.example/$path', '_', 'x\nserver {'])(
    'that is %j counts for none, and a comment says so',
    (url) => {
      const text = render({ url, certificate });
      expect(new Set(lines(text, 'server_name'))).toEqual(new Set(['server_name _;']));
      expect(text).toMatch(/# No host name is set in backend\/config/);
      expect(text).toContain('return 301 https://$host$request_uri;');
      expect(text).toBe(render({ certificate }));
    },
  );

  it.each(['chat.example-bank.com', 'chat.example-bank.com:8443', '10.0.0.5', 'proto'])(
    '%s is read back from the file',
    (url) => {
      const host = parseSiteHost(url);
      expect(host && siteHostText(host)).toBe(url);
      expect(hostOfSite(render({ url, certificate }))).toEqual(host);
    },
  );

  it('is read back as the operator has it: several names, another port, and none for _', () => {
    expect(hostOfSite(render({ certificate }))).toBeUndefined();
    expect(
      hostOfSite('server {\n  listen [::]:444 ssl;\n  server_name _ b.example c.example;\n}'),
    ).toEqual({ name: 'b.example', port: 444 });
    expect(hostOfSite('# server_name a.example;\n')).toBeUndefined();
  });

  it.each([
    ['server_name # comment\n b.example;', 'b.example'],
    ['server_name # a.example;\n  # c.example\n  b.example # ; d.example\n;', 'b.example'],
    ['server_name\n\tb.example\n\tc.example;', 'b.example'],
    ['server_name "b.example";', 'b.example'],
    ["server_name '' _ *.x.example ~^a\\.example$ www.* B.Example;", 'b.example'],
    ['server_name .b.example;', 'b.example'],
    ['server { listen 443 ssl; server_name b.example; }', 'b.example'],
    ['add_header X "; server_name a.example;"; server_name b.example;', 'b.example'],
    ['server_names_hash_max_size 512; server_name b.example;', 'b.example'],
    ['server_name _;', undefined],
    ['server_name "";', undefined],
    ['server_name ~^(?<x>.+)\\.example$;', undefined],
  ])('of %j is %s', (conf, name) => {
    expect(hostOfSite(conf)?.name).toBe(name);
  });

  it.each([
    ['listen 80; listen [::]:8443 # port\n ssl http2;', 8443],
    ['listen 127.0.0.1:444 reuseport ssl;', 444],
    ['listen "*:445" ssl;', 445],
    ['listen 10.0.0.1 ssl;', 443],
    ['listen unix:/run/x.sock ssl;', 443],
    ['# listen 1 ssl;\nlisten 446 ssl;', 446],
    ['listen 80 default_server;', 443],
  ])('with %j answers on port %d', (conf, port) => {
    expect(hostOfSite(`${conf} server_name a.example;`)?.port).toBe(port);
  });
});

describe('a hostile path', () => {
  it.each(['/srv/my proto', '/srv/"quoted"', "/srv/it's", '/srv/a;b{c}#d', '/srv/back\\slash\\n'])(
    '%s stays one word in the certificate, and is read back',
    (folder) => {
      const files = { certificate: `${folder}/a.pem`, key: `${folder}/a.key` };
      expect(certificateOfSite(render({ certificate: files }))).toEqual(files);
    },
  );

  it('with a line break is one line', () => {
    const text = render({ installation: '/srv/a\nserver {\r\t}' });
    expect(lines(text, 'root')).toContain('root "/srv/a\\nserver {\\r\\t}/frontend";');
  });

  it('with a dollar gets it from a variable, since nginx would take it for one', () => {
    const text = render({ installation: '/srv/$HOME $' + '{x}$1' });
    const dollar = '${' + 'proto_dollar}';
    expect(text).toContain(`root "/srv/${dollar}HOME ${dollar}{x}${dollar}1/frontend";`);
    expect(text).toContain('geo $proto_dollar {\n    default "$";\n}');
    expect(render()).not.toContain('geo');
  });

  it('keeps a variable that the operator has in the path of a certificate', () => {
    const files = { certificate: '/etc/ssl/$ssl_server_name.pem', key: '/etc/ssl/a.key' };
    expect(certificateOfSite(render({ certificate: files }))).toEqual(files);
  });
});

describe('files named by a hash of their content', () => {
  const pattern = /"~(\^\/assets\/.*)" "public, max-age/.exec(render())?.[1] ?? '';
  it.each([
    'app.0a1b2c3d.js',
    'index-BfKx3d9a.js',
    'deep/er/logo-0123456789abcdef0123.svg',
    'a.min.dead6eef.js.map',
    'index-abCdefgh.css',
    'chunk-_Bx-Zq_a.mjs',
    'Inter-BCDEFGHI.woff2',
  ])('%s is one', (name) => expect(`/assets/${name}`).toMatch(new RegExp(pattern)));
  it.each([
    'app.js',
    'report-20261130.pdf',
    'terms-language.pdf',
    'banner-20261130.png',
    'lib-vendor2.js',
    // A word of eight letters is not a hash: the file may change under its name.
    'user-settings.js',
    'my-Terminal.css',
    'chat-in_frame-.js',
    'photo-30112026.jpg',
    'photo-2026-11-.jpg',
    'app.0a1b2c3d',
  ])('%s is none', (name) => expect(`/assets/${name}`).not.toMatch(new RegExp(pattern)));
});

describe('a release', () => {
  const text = (from: string, to: string) => {
    const shipped = `
format_version: 1
release: 1.0.0
requires: {os: x, docker: 1.0.0, compose: 1.0.0, nginx: 1.14.0, memory_gb: 1, disk_gb: 1, database_disk_gb: 1}
values: { YOUR_A: { about: a }, YOUR_B: { about: b, with: YOUR_A } }
bundles:
  app: { about: a, folder: front, route: /, hosting: [on-premise] }
  chat: { about: a, folder: chat, route: /chat, hosting: [on-premise] }
services:
  one: { about: a, repository: one, hosting: [on-premise], port: 80, publish: 80, route: { path: /one/, kind: http }, health: { listens: 80 }, memory: 16 }
`;
    return shipped.replace(from, to);
  };
  it('is sound', () => expect(() => parseRelease(text('', ''))).not.toThrow());
  it.each([
    ['route: /chat', 'route: /talk', 'must be / or /chat, because its folder is chat'],
    ['publish: 80, ', '', 'needs a published port'],
    ['path: /one/', 'path: /chat/', '/chat/ is already the route of chat'],
    ['path: /one/', 'path: /', '/ is already the route of app'],
    ['path: /one/', 'path: "/a b/"', 'is not a path such as /api/'],
    ['with: YOUR_A', 'with: YOUR_C', 'YOUR_C is not a placeholder'],
  ])('with %s → %s is refused', (from, to, message) => {
    expect(() => parseRelease(text(from, to))).toThrow(
      expect.objectContaining({
        code: 'TEMPLATES_INVALID',
        faults: expect.arrayContaining([
          expect.objectContaining({ message: expect.stringContaining(message) }),
        ]),
      }),
    );
  });
});

describe('the site with hybrid hosting', () => {
  const hybrid = (site: Partial<Site> = {}) =>
    renderNginx({ release, hosting: 'hybrid', site: { installation: '/srv/proto', ...site } }) ??
    '';

  it('hands the bucket’s requests on to the byte, to the allowed networks alone', () => {
    const text = hybrid({ url: 'data.example-bank.com', allowed: ['203.0.113.0/24'] });
    expect(lines(text, 'allow')).toEqual(['allow 203.0.113.0/24;']);
    expect(lines(text, 'deny')).toEqual(['deny all;']);
    expect(text.indexOf('deny all;')).toBeGreaterThan(text.indexOf('allow 203'));
    expect(lines(text, 'location')).toEqual(['location / {']);
    expect(lines(text, 'proxy_pass')).toEqual(['proxy_pass http://bucket;']);
    expect(lines(text, 'proxy_set_header')).toContain('proxy_set_header Host $http_host;');
    expect(lines(text, 'client_max_body_size')).toEqual(['client_max_body_size 0;']);
    expect(lines(text, 'gzip')).toEqual(['gzip off;']);
    expect(lines(text, 'ignore_invalid_headers')).toEqual(['ignore_invalid_headers off;']);
  });

  it('lets no one in where no network is set', () => {
    expect(lines(hybrid(), 'allow')).toEqual([]);
    expect(lines(hybrid(), 'deny')).toEqual(['deny all;']);
  });

  it('has TLS in any case, with the given certificate or the own one, and no port 80', () => {
    const own = '/srv/proto/backend/secrets/tls_certificate';
    expect(lines(hybrid(), 'listen')).toEqual(['listen 443 ssl;']);
    const named = hybrid({ url: 'data.example-bank.com' });
    expect(new Set(lines(named, 'listen'))).toEqual(new Set(['listen 443 ssl;']));
    expect(certificateOfSite(hybrid())).toEqual({ certificate: own, key: `${own}_key` });
    expect(certificateOfSite(hybrid({ certificate }))).toEqual(certificate);
  });

  it('names the own certificate where the installation is now', () => {
    const moved = {
      certificate: '/old/place/backend/secrets/tls_certificate',
      key: '/old/place/backend/secrets/tls_certificate_key',
    };
    expect(hybrid({ certificate: moved })).toBe(hybrid());
  });
});

describe('what this host’s nginx can do', () => {
  const listens = (nginx: Site['nginx']) =>
    new Set(lines(render({ url: 'chat.example', certificate, nginx }), 'listen'));

  it.each([
    ['nginx/1.14.0', true, 'listen with limits'],
    ['nginx/1.18.0 (Ubuntu)', true, 'listen with limits'],
    ['nginx/1.19.7', true, 'listen'],
    ['nginx/1.25.0', true, 'listen'],
    ['nginx/1.25.1', true, 'directive'],
    ['nginx/1.30.0', true, 'directive'],
    ['nginx/1.30.0', false, 'none'],
    ['', true, 'listen'],
  ])('is asked of %s with the module: %s', (version, module, expected) => {
    const build = parseBuild(
      `nginx version: ${version}\nconfigure arguments: ${module ? '--with-http_v2_module' : ''}`,
    );
    expect(http2Of(build)).toBe(expected);
    const site = render({ certificate, nginx: { ipv6: true, http2: http2Of(build) } });
    if (module) expect(abilitiesIn(site)).toEqual({ ipv6: true, http2: expected });
  });

  it('is all that the site uses', () => {
    const both = ['listen 80;', 'listen [::]:80;', 'listen 443 ssl;', 'listen [::]:443 ssl;'];
    expect(listens({ ipv6: true, http2: 'none' })).toEqual(new Set(both));
    const directive = render({ certificate, nginx: { http2: 'directive' } });
    expect(lines(directive, 'http2')).toEqual(['http2 on;']);
    expect(directive).not.toMatch(/listen.*http2/);
    const limits = render({ certificate, nginx: { http2: 'listen with limits' } });
    expect(lines(limits, 'http2_max_field_size')).toEqual(['http2_max_field_size 32k;']);
  });
});
