import { describe, expect, it } from 'vitest';
import {
  errorLogOf,
  isolatedConf,
  lineThatIncludes,
  parseBuild,
  pidFileOf,
  readVerdict,
} from '../../src/nginx/nginx.ts';

const debian = parseBuild(
  'nginx version: nginx/1.22.1\nconfigure arguments: --prefix=/usr/share/nginx --conf-path=/etc/nginx/nginx.conf --error-log-path=stderr --pid-path=/run/nginx.pid --with-http_ssl_module',
);
const own = parseBuild('configure arguments: --prefix=/opt/nginx/ --without-http_scgi_module');

describe('what nginx -V tells', () => {
  it('is where a build has its files, by its own defaults where it names none', () => {
    expect(debian).toMatchObject({ conf: '/etc/nginx/nginx.conf', pidFile: '/run/nginx.pid' });
    expect(own).toMatchObject({
      conf: '/opt/nginx/conf/nginx.conf',
      pidFile: '/opt/nginx/logs/nginx.pid',
    });
  });

  it('gives way to what the main configuration says', () => {
    expect(pidFileOf('# pid /x;\npid /run/other.pid;\n', debian)).toBe('/run/other.pid');
    expect(pidFileOf('', debian)).toBe('/run/nginx.pid');
    expect(errorLogOf('error_log /var/log/nginx/error.log warn;\n', debian)).toBe(
      '/var/log/nginx/error.log',
    );
    expect(errorLogOf('', debian)).toBeUndefined();
    expect(errorLogOf('', own)).toBe('/opt/nginx/logs/error.log');
  });

  it('leaves directives out of the test that the build does not know', () => {
    expect(isolatedConf('/tmp/x', debian, '')).toContain('scgi_temp_path /tmp/x/scgi;');
    expect(isolatedConf('/tmp/x', own, '')).not.toMatch(/^ *scgi_temp_path/m);
  });

  it('has room for long names in the test, once', () => {
    const setting = 'server_names_hash_bucket_size';
    expect(isolatedConf('/tmp/x', debian, 'server { }')).toContain(`${setting} 512;`);
    expect(isolatedConf('/tmp/x', debian, `${setting} 128;`)).not.toContain(setting);
  });
});

describe('what nginx -t says', () => {
  const names = new Map([['/tmp/t/site.conf', { file: 'nginx/proto.conf', above: 0 }]]);
  const read = (code: number, ...lines: string[]) => readVerdict(code, lines.join('\n'), names);

  it.each([
    'nginx: [emerg] unknown directive "x" in /tmp/t/site.conf:12',
    '2026/11/26 14:43:56 [emerg] 8934#8934: unknown directive "x" in /tmp/t/site.conf:12',
  ])('%s is a fault of the file, with its line', (line) => {
    expect(read(1, line, 'nginx: configuration file /tmp/t/nginx.conf test failed').faults).toEqual(
      [{ file: 'nginx/proto.conf', line: 12, message: 'unknown directive "x"' }],
    );
  });

  it('is not a fault of the file where an ordinary user may not open a port', () => {
    const denied = 'nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)';
    const sound = 'nginx: the configuration file /tmp/t/nginx.conf syntax is ok';
    const log =
      'nginx: [alert] could not open error log file: open() "/x" failed (13: Permission denied)';
    expect(read(1, log, sound, denied)).toMatchObject({ ok: true, faults: [], portsUntried: true });
    expect(
      read(1, sound, denied.replace('13: Permission denied', '99: Cannot assign')),
    ).toMatchObject({ ok: false, portsUntried: false, faults: [{ file: 'nginx/proto.conf' }] });
    expect(read(1, denied).ok).toBe(false);
  });

  it('is a key that cannot be read, where OpenSSL says so', () => {
    const line =
      'nginx: [emerg] cannot load certificate key "/k": BIO_new_file() failed (SSL: error:8000000D:system library::Permission denied:calling fopen(/k, r) error:10080002:BIO routines::system lib)';
    expect(read(1, line)).toMatchObject({ ok: false, keyUnreadable: true });
  });

  it('has warnings, and last words where there is nothing else', () => {
    const warn = 'nginx: [warn] conflicting server name "a" on 0.0.0.0:80, ignored';
    expect(read(0, warn).warnings).toEqual([
      'nginx warns: conflicting server name "a" on 0.0.0.0:80, ignored',
    ]);
    expect(read(2, 'Segmentation fault').faults).toEqual([
      { file: 'nginx/proto.conf', message: 'Segmentation fault' },
    ]);
  });
});

it.each([
  ['include /p/site.conf;', 1],
  ['http {\n  include # the site\n    "/p/site.conf";\n}', 2],
  ["a 1; include '/p/site.conf';", 1],
  ['# include /p/site.conf;', undefined],
  ['add_header X "include /p/site.conf;";', undefined],
  ['include /p/*.conf;', undefined],
])('%j includes the site on line %s', (conf, line) => {
  expect(lineThatIncludes(conf, '/p/site.conf')).toBe(line);
});

it('the settings of the host are those outside of all blocks', () => {
  const conf =
    'http { error_log /var/log/http.log; }\npid # file\n "/run/my nginx.pid";\nerror_log /e.log;\n';
  expect(pidFileOf(conf, debian)).toBe('/run/my nginx.pid');
  expect(errorLogOf(conf, debian)).toBe('/e.log');
});
