import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderNginx } from '../../src/nginx/render-nginx.ts';
import { certificateOfSite } from '../../src/nginx/site-certificate.ts';
import { writeInstallation } from '../support/disk-installation.ts';
import { asOrdinaryUser, inOwnMounts } from '../support/hosts.ts';
import { Desk } from '../support/program.ts';
import { startRegistry } from '../support/registry/index.ts';
import { installed } from '../support/releases.ts';
import { readTree } from '../support/small-installation.ts';
import { readTemplateSet } from '../support/template-set.ts';

/** `proto-scaffold nginx`, with the real nginx to judge what it writes. */

let desk: Desk;
const site = 'nginx/proto.conf';
const url = 'chat.example-bank.com';

beforeEach(() => {
  desk = new Desk();
  chmodSync(desk.folder, 0o755);
  makeInstallation('proto');
});
afterEach(() => desk.remove());

function makeInstallation(name: string, values: Record<string, string> = { YOUR_URL: url }): void {
  mkdirSync(desk.path(name), { recursive: true });
  writeInstallation(desk.path(name), installed('2026.11.0', values));
}

function makeCertificate(name: string): string[] {
  const files = [desk.path(`${name}.pem`), desk.path(`${name}.key`)] as const;
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const out = ['-keyout', files[1], '-out', files[0], '-days', '30', '-subj', `/CN=${url}`];
  execFileSync('openssl', ['req', '-x509', ...key, ...out], { stdio: 'ignore' });
  return ['--certificate', files[0], '--certificate-key', files[1]];
}

const read = (path: string) => readFileSync(desk.path('proto', path), 'utf8');
const nginx = (...args: string[]) => desk.run('nginx', ...args);
/** Puts other words into a file of the installation, as an editor does. */
function edit(path: string, from: string | RegExp, to: string): void {
  const text = read(path);
  expect(text).toMatch(from);
  writeFileSync(desk.path('proto', path), text.replace(from, to));
}

describe('nginx --test', () => {
  it.each([
    ['a folder as it should be', 'proto'],
    ['a folder with spaces', 'my proto'],
    ['a folder with everything', 'a;b{c}#d "e" \'f\' $HOME $' + '{x}$1 [g]* \\n é\nend'],
  ])('accepts %s', async (_, name) => {
    makeInstallation(name);
    const { code, stdout, stderr } = await nginx('--test', '--dir', desk.path(name));
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    expect(stdout).toContain('nginx accepts nginx/proto.conf.');
  });

  it.each([
    ['with a host name', url],
    ['without one', undefined],
    ['with a port', `${url}:8443`],
    ['with port 80', `${url}:80`],
  ])('accepts a site %s, with a certificate and without', async (_, host) => {
    rmSync(desk.path('proto'), { recursive: true });
    makeInstallation('proto', host === undefined ? {} : { YOUR_URL: host });
    const given = makeCertificate('a b"c');
    const outcome = await nginx('--test', ...given);
    expect(`${outcome.code} ${outcome.stderr}`).toMatch(/^0 /);
    expect(read(site)).toMatch(/listen \d+ ssl http2;/);
    const plain = await nginx('--test', '--no-certificate');
    expect(`${plain.code} ${plain.stderr}`).toMatch(/^0 /);
    expect(read(site)).not.toContain('ssl_');
    expect(plain.stdout).toContain('nginx accepts nginx/proto.conf.');
  });

  it('names the line of a fault, in nginx’s own words, and exits with 5', async () => {
    edit(site, 'gzip_vary on;', 'gzip_vary yes;');
    const line = read(site).split('\n').indexOf('    gzip_vary yes;') + 1;
    const { code, stderr } = await nginx('--test', '--no-certificate');
    expect(code).toBe(5);
    expect(stderr).toContain('[NGINX_SITE_INVALID]');
    expect(stderr).toContain(`${site}:${line}: invalid value "yes" in "gzip_vary" directive`);
  });

  it('names the line of a directive that root does not install, with the closest that it does', async () => {
    edit(site, 'gzip on;', 'gzip on;\n    gzzip_vary on;');
    const line = read(site).split('\n').indexOf('    gzzip_vary on;') + 1;
    const { code, stderr } = await nginx('--test', '--no-certificate');
    expect([code, stderr]).toEqual([5, expect.stringContaining('[NGINX_SITE_UNSAFE]')]);
    expect(stderr).toContain(`${site}:${line}: gzzip_vary: it is not among the directives`);
    expect(stderr).toContain('the closest match is "gzip_vary"');
  });

  it('tests what would be written, and writes nothing that nginx does not accept', async () => {
    const given = makeCertificate('good');
    writeFileSync(desk.path('good.key'), 'no key\n');
    const before = readTree(desk.path('proto'));
    const { code, stderr } = await nginx('--test', ...given);
    expect(code).toBe(5);
    expect(stderr).toContain('nginx would reject the new nginx/proto.conf. Nothing was changed');
    expect(stderr).toMatch(/cannot load certificate key ".*good\.key"/);
    expect(readTree(desk.path('proto'))).toEqual(before);
  });

  it('takes names relative to nginx’s own folder, as in what the operator includes', async () => {
    edit(site, 'server_tokens off;', 'server_tokens off;\n    include mime.types;');
    expect((await nginx('--test')).code).toBe(0);
  });

  it('works for an ordinary user, and says what was not tested', async () => {
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', 'nobody', desk.folder]);
    asOrdinaryUser(desk, () => {});
    // In a network of its own the port below 1024 belongs to no process, and still not this user's.
    const { code, stdout, stderr } = await nginx('--test');
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    expect(stdout).toContain('nginx accepts nginx/proto.conf.');
    const free =
      Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) <= 80;
    if (!free) expect(stderr).toContain('Not tested: whether nginx can listen on its ports.');
  });

  it('tells an ordinary user who may not read the key to use sudo', async () => {
    const given = makeCertificate('secret');
    expect((await nginx(...given)).code).toBe(0);
    execFileSync('chown', ['-R', 'nobody', desk.path('proto')]);
    chmodSync(desk.path('secret.key'), 0o600);
    asOrdinaryUser(desk, () => {});
    const { code, stderr } = await nginx('--test');
    expect(code).toBe(3);
    expect(stderr).toContain('[ROOT_NEEDED]');
    expect(stderr).toContain('sudo proto-scaffold nginx --test');
  });

  it('says so where there is no nginx', async () => {
    desk.through = [
      ...['unshare', '--map-root-user', '--mount', 'sh', '-c'],
      'for at in /usr/sbin/nginx /sbin/nginx; do [ ! -e $at ] || mount --bind /dev/null $at; done; exec "$@"',
      'sh',
    ];
    const { code, stderr } = await nginx('--test');
    expect(code).toBe(3);
    expect(stderr).toMatch(/\[NGINX_NOT_FOUND\]/);
    expect(stderr).toContain('sudo apt install nginx');
  });

  it('tells of a folder on the way that nginx could not enter', async () => {
    chmodSync(desk.folder, 0o750);
    const { stderr } = await nginx('--test');
    expect(stderr).toContain(`sudo chmod o+x ${desk.folder}`);
  });
});

describe('nginx', () => {
  it('brings a URL that was set later into the file, and leaves the operator’s own lines', async () => {
    rmSync(desk.path('proto'), { recursive: true });
    makeInstallation('proto', {});
    expect((await nginx()).code).toBe(0);
    edit(site, 'client_max_body_size 100m;', 'client_max_body_size 1g; # ours');
    const set = await desk.run('config', 'set', 'app.base_url', `https://${url}`);
    expect(set.stderr).toContain('run `proto-scaffold nginx`');
    const { code, stdout } = await nginx();
    expect(code).toBe(0);
    expect(stdout).toContain('Updated nginx/proto.conf to match the values.');
    expect(stdout).toContain('sudo proto-scaffold nginx --install');
    expect(read(site)).toContain(`server_name ${url};`);
    expect(read(site)).toContain('client_max_body_size 1g; # ours');
    const again = await nginx();
    expect(again.stdout).toContain('Nothing to change');
    expect(again.stdout).toContain(`http, for ${url}; no certificate`);
  });

  it('keeps base and lock right: a rollback and an update go on from there', async () => {
    await nginx();
    const given = makeCertificate('a');
    expect((await nginx(...given)).code).toBe(0);
    expect(read('.proto/base/nginx/proto.conf')).toBe(read(site));
    expect((await desk.run('update', '--offline', '--dry-run')).stdout).toContain(
      'Already up to date',
    );
    const back = await desk.run('rollback', '2', '--yes', '--without-engine');
    expect(`${back.code} ${back.stderr}`).toMatch(/^0 /);
    expect(read(site)).not.toContain('ssl_');
    expect((await nginx(...given)).code).toBe(0);
  });

  it('takes the certificate that is given where the operator had put another by hand', async () => {
    await nginx(...makeCertificate('a'));
    expect(certificateOfSite(read(site))?.key).toBe(desk.path('a.key'));
    edit(site, /ssl_certificate (\S+)a\.pem;/, 'ssl_certificate $1hand.pem; # by hand');
    edit(site, /ssl_certificate_key (\S+)a\.key;/, 'ssl_certificate_key $1hand.key;');
    const { code } = await nginx(...makeCertificate('b'));
    expect(code).toBe(0);
    expect(read(site)).toContain(`ssl_certificate ${desk.path('b.pem')}; # by hand`);
    expect(read(site)).toContain(`ssl_certificate_key ${desk.path('b.key')};`);
  });

  it('changes nothing where the certificate does not fit in with what the operator did', async () => {
    await nginx();
    edit(site, `server_name ${url};`, `server_name ${url} www.${url};`);
    const before = readTree(desk.path('proto'));
    const { code, stderr } = await nginx(...makeCertificate('a'));
    expect(code).toBe(5);
    expect(stderr).toMatch(/\[NGINX_SITE_EDITED\]\n {2}nginx\/proto\.conf:\d+: you changed/);
    expect(readTree(desk.path('proto'))).toEqual(before);
  });

  it('makes a file again that was deleted, for who asks for it', async () => {
    await nginx();
    rmSync(desk.path('proto', site));
    const { code, stderr } = await nginx();
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    expect(stderr).toContain('+ nginx/proto.conf');
    expect(read(site)).toBe(read('.proto/base/nginx/proto.conf'));
  });

  it('names the place where the operator changed what a value would change', async () => {
    await nginx();
    edit(site, `server_name ${url};`, `server_name ${url} www.${url};`);
    for (const file of ['platform', 'msgrouter_ws', 'chatbot']) {
      const path = `backend/config/${file}.toml`;
      writeFileSync(desk.path('proto', path), read(path).replaceAll(url, 'other.example'));
    }
    const { code, stderr } = await nginx();
    expect(code).toBe(0);
    expect(stderr).toMatch(/nginx\/proto\.conf:\d+: you changed lines/);
    expect(read(site)).toContain(`server_name ${url} www.${url};`);
  });

  it.each([
    [['--certificate', 'a.pem'], 'A certificate and its key must be given together'],
    [['--certificate-key', 'a.key'], 'A certificate and its key must be given together'],
    [['--certificate', 'a$b.pem', '--certificate-key', 'none.key'], 'must not contain "$" or'],
    [['--certificate', 'no.pem', '--certificate-key', 'no.key'], 'file not found'],
  ])('%j is refused', async (args, words) => {
    const before = readTree(desk.path('proto'));
    const { code, stderr } = await nginx(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(readTree(desk.path('proto'))).toEqual(before);
  });

  it('--dry-run changes nothing, and --json is one document', async () => {
    const before = readTree(desk.path('proto'));
    const { code, document } = await desk.json('nginx', '--dry-run', '--test');
    expect(code).toBe(0);
    expect(document.result).toMatchObject({ dryRun: true, changed: false, tested: true });
    expect(document.result.plan.files).toEqual([{ kind: 'update', path: site }]);
    expect(readTree(desk.path('proto'))).toEqual(before);
  });

  it('leaves the site of another release as it is, and asks for the update where it must change', async () => {
    const other = join(import.meta.dirname, '../releases/2026.12.0');
    expect((await nginx()).code).toBe(0);
    const before = read(site);
    const { code, stderr } = await nginx('--templates', other, '--test');
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    expect(stderr).toContain('is unchanged until you run `proto-scaffold update`');
    expect(read(site)).toBe(before);
    const given = await nginx('--templates', other, ...makeCertificate('a'));
    expect([given.code, given.stderr]).toEqual([5, expect.stringContaining('[UPDATE_FIRST]')]);
  });
});

describe('a certificate without the one of its issuer', () => {
  it('is reported, and taken all the same', async () => {
    const [, file = '', , key = ''] = makeCertificate('issuer');
    const out = ['-nodes', '-keyout', desk.path('host.key'), '-out', desk.path('host.csr')];
    const quietly = { stdio: 'ignore' as const };
    execFileSync('openssl', ['req', '-newkey', 'rsa:2048', '-subj', '/CN=a', ...out], quietly);
    desk.write('host.cnf', `subjectAltName=DNS:${url}`);
    const by = [
      '-extfile',
      desk.path('host.cnf'),
      '-CA',
      file,
      '-CAkey',
      key,
      '-set_serial',
      '1',
      '-out',
      desk.path('host.pem'),
    ];
    execFileSync('openssl', ['x509', '-req', '-in', desk.path('host.csr'), ...by], quietly);
    const given = ['--certificate', 'host.pem', '--certificate-key', 'host.key'];
    const { code, stderr } = await nginx('--test', ...given);
    expect(code).toBe(0);
    expect(stderr).toContain('host.pem: The file has only the certificate of this host');
    expect(stderr).toContain('fullchain.pem');
    desk.write(
      'host.pem',
      readFileSync(desk.path('host.pem'), 'utf8') + readFileSync(file, 'utf8'),
    );
    expect((await nginx('--test')).stderr).not.toContain('host.pem');
  });
});

describe('a port that the operator changed in docker-compose.yml', () => {
  const ports = async () => {
    const { stdout } = await desk.run('check', '--json');
    const { result } = JSON.parse(stdout) as { result: { findings: { id: string }[] } };
    return result.findings.find(({ id }) => id === 'nginx-ports');
  };

  it('is found by check and taken by nginx', async () => {
    expect(await ports()).toMatchObject({ state: 'ok' });
    edit('backend/docker-compose.yml', '127.0.0.1:8080:8080', '127.0.0.1:18080:8080');
    expect(await ports()).toMatchObject({ state: 'failed', faults: [{ file: site }] });
    const { code, stdout } = await nginx('--test');
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Updated ${site}`)]);
    expect(read(site)).toContain('server 127.0.0.1:18080;');
    expect(await ports()).toMatchObject({ state: 'ok' });
  });

  it('may be in the override file, with a variable of .env', async () => {
    const override = 'services:\n  platform:\n    ports: !override ["${PLATFORM}:8080"]\n';
    writeFileSync(desk.path('proto/backend/compose.override.yaml'), override);
    writeFileSync(desk.path('proto/backend/.env'), 'PLATFORM=127.0.0.1:18080\n');
    expect(await ports()).toMatchObject({ state: 'failed' });
    expect((await nginx()).code).toBe(0);
    expect(read(site)).toContain('server 127.0.0.1:18080;');
  });
});

describe('the folder for temporary files', () => {
  const full =
    'mount -t tmpfs -o size=8k none "$TMPDIR"; dd if=/dev/zero of="$TMPDIR/x" 2>&- || :; "$@"';
  const unusable: [string, () => string][] = [
    ['does not exist', () => desk.path('gone')],
    ['is a file', () => desk.write('file', '')],
    [
      'is a link to nothing',
      () => {
        symlinkSync('/nowhere', desk.path('link'));
        return desk.path('link');
      },
    ],
    [
      'is full',
      () => {
        inOwnMounts(desk, full);
        mkdirSync(desk.path('full'));
        return desk.path('full');
      },
    ],
    [
      'has no inodes left',
      () => {
        inOwnMounts(desk, 'mount -t tmpfs -o nr_inodes=1 none "$TMPDIR"; "$@"');
        mkdirSync(desk.path('full'));
        return desk.path('full');
      },
    ],
    [
      'is not writable',
      () => {
        mkdirSync(desk.path('closed'));
        if (process.getuid?.() === 0) execFileSync('chown', ['-R', 'nobody', desk.folder]);
        asOrdinaryUser(desk, () => {});
        chmodSync(desk.path('closed'), 0o555);
        return desk.path('closed');
      },
    ],
  ];

  it.each(unusable)('is named if it %s', async (_, prepare) => {
    desk.env.TMPDIR = prepare();
    const { code, stderr } = await nginx('--test');
    expect([code, stderr]).toEqual([3, expect.stringContaining('[TEMPORARY_FOLDER_UNUSABLE]')]);
    expect(stderr).toContain(`${desk.env.TMPDIR}, which TMPDIR names, cannot be used.`);
  });

  it('is named by init, which creates a certificate in it', async () => {
    desk.env.TMPDIR = desk.path('gone');
    const registry = await startRegistry();
    try {
      await registry.seedRelease();
      desk.env.AWS_ENDPOINT_URL_ECR = registry.endpoint;
      desk.putDockerStandInOnPath();
      desk.credentials({ hosting: 'hybrid' });
      const values = { url: 'data.example-bank.com', allowed_cidrs: '203.0.113.0/24' };
      const words = Object.entries(values).map(([name, value]) => `${name} = "${value}"`);
      desk.write('values.toml', `${words.join('\n')}\n`);
      const { code, stderr } = await desk.run('init', 'hybrid', '--values', 'values.toml');
      expect([code, stderr]).toEqual([3, expect.stringContaining('[TEMPORARY_FOLDER_UNUSABLE]')]);
    } finally {
      await registry.close();
    }
  });

  it('may be relative', async () => {
    mkdirSync(desk.path('own'));
    desk.env.TMPDIR = 'own';
    expect((await nginx('--test')).code).toBe(0);
    expect(readdirSync(desk.path('own'))).toEqual([]);
  });
});

describe('a site for a hosting with one service at /', () => {
  it('is one that nginx accepts', () => {
    const { release } = readTemplateSet();
    const bucket = {
      ...release.services.bucket,
      publish: 9002,
      route: { path: '/', kind: 'http' },
    };
    const [, certificate = '', , key = ''] = makeCertificate('hybrid');
    const text = renderNginx({
      release: { ...release, services: { bucket } } as typeof release,
      hosting: 'hybrid',
      site: { installation: '/srv/proto', url, certificate: { certificate, key } },
    });
    const conf = `pid ${desk.path('pid')};\nevents {}\nhttp {\n${text}\n}\n`;
    desk.write('nginx.conf', conf);
    const tested = spawnSync('nginx', ['-t', '-c', desk.path('nginx.conf')], {
      encoding: 'utf8',
      env: { PATH: `${process.env.PATH}:/usr/sbin` },
    });
    expect(tested.stderr).toContain('syntax is ok');
  });
});

describe('a host name with an IPv6 address', () => {
  it('is found by check while the site listens on IPv4 alone, which nginx changes', async () => {
    desk.write('hosts', `127.0.0.1 localhost\n127.0.0.1 ${url}\n::1 ${url}\n`);
    inOwnMounts(desk, 'mount --bind "$HOME/hosts" /etc/hosts; exec "$@"');
    const found = async () => {
      const { stdout } = await desk.run('check', '--json');
      const { result } = JSON.parse(stdout) as {
        result: { findings: { id: string; found: string; severity: string; state: string }[] };
      };
      return result.findings.find(({ id }) => id === 'nginx-families');
    };
    expect(await found()).toMatchObject({
      state: 'failed',
      found: `${url} has the IPv6 address ::1, but nginx/proto.conf listens on IPv4 alone`,
    });
    expect((await nginx()).code).toBe(0);
    expect(read(site)).toContain('\n    listen [::]:80;\n');
    expect(await found()).toMatchObject({ state: 'ok' });
  });
});
