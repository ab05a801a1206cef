import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeInstallation } from '../support/disk-installation.ts';
import { asOrdinaryUser } from '../support/hosts.ts';
import { NginxHost } from '../support/nginx-host.ts';
import { commandLine, Desk, finished } from '../support/program.ts';
import { installed } from '../support/releases.ts';
import { readPresentTree } from '../support/small-installation.ts';
import { Terminal } from '../support/terminal.ts';
import { makeCertificate } from '../support/web-edge.ts';

/** `nginx --install` on a host with Debian's nginx, in namespaces of its own. */

const url = 'chat.example-bank.com';
let desk: Desk;
let host: NginxHost;

beforeEach(() => {
  desk = new Desk();
  chmodSync(desk.folder, 0o755);
  makeInstallation({ YOUR_URL: url });
  host = new NginxHost(desk);
});
afterEach(() => desk.remove());

function makeInstallation(values: Record<string, string>): void {
  mkdirSync(desk.path('proto/frontend'), { recursive: true });
  writeFileSync(desk.path('proto/frontend/index.html'), 'the web app\n');
  chmodSync(desk.path('proto'), 0o755);
  writeInstallation(desk.path('proto'), installed('2026.11.0', values));
}

const site = () => desk.path('proto/nginx/proto.conf');
const install = (...args: string[]) => desk.run('nginx', '--install', '--yes', ...args);
const links = () =>
  'sites-available/proto.conf\nsites-enabled/proto.conf -> /etc/nginx/sites-available/proto.conf\n';
const page = `node -e 'require("http").get({host:"127.0.0.1",headers:{host:"${url}"}},(a)=>a.pipe(process.stdout)).on("error",(e)=>console.log(e.code))'`;
const other = (text: string) => `echo '${text}' > /etc/nginx/sites-enabled/other`;
const otherSite = other('server { listen 81; }');

/** The installation without its history; the lock file by what it says. */
const present = () => {
  const tree = readPresentTree(desk.path('proto'));
  return { ...tree, '.proto/lock.json': JSON.parse(tree['.proto/lock.json'] ?? '') };
};

describe('nginx --install', () => {
  it('copies the site, tests all of nginx, and reloads: it is served at once', async () => {
    host.through(`${otherSite}; start`, `look; ${page}`);
    const { code, stdout, stderr } = await install();
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    expect(stderr).toContain(`  > copy ${site()} to /etc/nginx/sites-available/proto.conf\n`);
    expect(stderr).toContain('  > reload nginx: nginx -s reload\n');
    expect(stdout).toContain('Installed: nginx tested the site and now serves it.');
    expect(host.seen()).toBe(
      `${links().split('\n')[0]}\nsites-enabled/other\n${links().split('\n')[1]}\nthe web app\n`,
    );
  });

  it('done again says that all is in place, and touches nothing', async () => {
    // The workers from before end when they have nothing to do any more.
    const again =
      '"$@" > "$HOME/first" 2>&1; settle; before=$(cat /run/nginx.pid; ps -o pid= -C nginx)';
    host.through(
      `${otherSite}; start; ${again}`,
      '[ "$before" = "$(cat /run/nginx.pid; ps -o pid= -C nginx)" ] && echo same',
    );
    const { code, stdout, stderr } = await install();
    expect(readFileSync(desk.path('first'), 'utf8')).toContain('Installed:');
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('reload')]);
    expect(stdout).toContain(`Nothing to do: nginx already uses ${site()}.`);
    expect(host.seen()).toBe('same\n');
  });

  it('has a file taken up that was edited since', async () => {
    const edit = `sed -i 's/^        try_files .uri .uri/        add_header X-Ours yes;&/' ${site()}`;
    host.through(
      `start; "$@" > "$HOME/first" 2>&1; sleep 0.1; ${edit}`,
      `settle; ${page.replace('a.pipe(process.stdout)', '{console.log(a.headers["x-ours"]);a.resume()}')}`,
    );
    const { stderr } = await install();
    expect(stderr).toContain('  > reload nginx: nginx -s reload\n');
    expect(stderr).toContain('  > copy');
    expect(stderr).not.toContain('  > link');
    expect(host.seen()).toBe('yes\n');
  });

  it('loads a certificate that was renewed since, which check and status name until then', async () => {
    for (const name of ['a', 'b']) {
      mkdirSync(desk.path(name));
      makeCertificate(desk.path(name), url);
    }
    const files = [
      '--certificate',
      desk.path('a/chat.pem'),
      '--certificate-key',
      desk.path('a/chat.key'),
    ];
    // A copy that keeps its time, older than nginx.
    const renew = `touch -d 2020-01-01 ${desk.path('b')}/*; cp -p ${desk.path('b')}/* ${desk.path('a')}/`;
    const look = [...commandLine, 'check', '--json', '--dir', desk.path('proto')].join(' ');
    const status = look.replace(' check ', ' status ');
    const served = `openssl s_client -connect 127.0.0.1:443 -servername ${url} </dev/null 2>/dev/null | openssl x509 -noout -serial`;
    host.through(
      `start; "$@" > "$HOME/first" 2>&1; sleep 0.1; ${renew}; ${look} > "$HOME/check.json" || true; ${status} > "$HOME/status.json" || true`,
      `settle; ${served}; openssl x509 -noout -serial -in ${desk.path('b/chat.pem')}`,
    );
    const { code, stderr } = await install(...files);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('  > reload nginx: nginx -s reload\n'),
    ]);
    const [first, second] = host.seen().trim().split('\n');
    expect(first).toMatch(/^serial=/);
    expect(first).toBe(second);
    expect(readFileSync(desk.path('check.json'), 'utf8')).toContain(
      'nginx serves another certificate than',
    );
    expect(readFileSync(desk.path('status.json'), 'utf8')).toContain(
      'nginx serves another one until it is reloaded',
    );
  });

  it('says that nginx is not running, and how to start it', async () => {
    const { code, stdout } = await install();
    expect(code).toBe(0);
    expect(stdout).toContain('Installed. nginx is not running.');
    expect(stdout).toContain('  sudo systemctl start nginx\n');
    expect(host.seen()).toBe(links());
  });

  it('asks systemd where systemd runs nginx', async () => {
    desk.putOnPath(
      'systemctl',
      'echo "$*" >> "$HOME/asked"; [ "$1" != reload ] || nginx -s reload',
    );
    host.through('mkdir -p /run/systemd/system; start');
    const { code, stderr } = await install();
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    expect(stderr).toContain('systemctl reload nginx');
    expect(readFileSync(desk.path('asked'), 'utf8')).toBe(
      'is-active --quiet nginx\nreload nginx\n',
    );
  });

  it('names the default site where it would answer instead', async () => {
    const site = other('server { listen 80 default_server; return 404; }');
    host.through(site);
    expect((await install()).stderr).not.toContain('default site');
    desk.remove();
    desk = new Desk();
    chmodSync(desk.folder, 0o755);
    makeInstallation({});
    host = new NginxHost(desk);
    host.through(site);
    const { stdout, stderr } = await install();
    expect(stderr).toContain('/etc/nginx/sites-enabled/other is nginx');
    expect(stderr).toContain('sudo rm /etc/nginx/sites-enabled/other');
    host.through(`${site}; start`);
    expect((await install()).stdout).toContain('but another site answers instead.');
    expect(stdout).not.toContain('serves');
  });
});

describe('the owner of the installation', () => {
  const copy = '/etc/nginx/sites-available/proto.conf';
  const attack = `
log_format own escape=none "$""http_x";
server { listen 82; location / { access_log /run/pwned own; return 200; } }
error_log /run/pwned-too;`;
  /** As the operator, who is nobody here. */
  const asOperator = (command: string) =>
    `setpriv --reuid=65534 --regid=65534 --clear-groups sh -c '${command}'`;
  const append = asOperator(`cat "$HOME/attack" >> ${'$'}HOME/proto/nginx/proto.conf`);
  const pwned = 'ls /run/pwned* 2>/dev/null || echo nothing';
  const request = `node -e 'require("http").get({host:"127.0.0.1",port:82,headers:{x:"evil"}}).on("error",()=>{})'`;
  const inDir = (...args: string[]) => ['nginx', ...args, '--dir', desk.path('proto')];
  let first: string;

  beforeEach(() => {
    first = '"$@" > "$HOME/first" 2>&1';
    desk.write('attack', attack, 0o644);
    execFileSync('chown', ['-R', 'nobody:nogroup', desk.path('proto')]);
  });

  it('gets no root by what he appends after root has installed the site', async () => {
    const reload = 'nginx -s reload 2>/dev/null; settle';
    host.through(
      `start; ${first}; ${append}; ${reload}; ${request}`,
      `${reload}; ${request}; ${pwned}; stat -c '%U:%G %a %F' ${copy}; grep -c pwned ${copy}`,
    );
    const { code, stderr } = await desk.run(...inDir('--install', '--yes'));
    expect(readFileSync(desk.path('first'), 'utf8')).toContain('Installed:');
    expect([code, stderr]).toEqual([5, expect.stringContaining('[NGINX_SITE_UNSAFE]')]);
    const lines = readFileSync(site(), 'utf8').split('\n');
    for (const name of ['log_format own', 'error_log /run/pwned-too']) {
      const line = lines.findIndex((each) => each.includes(name)) + 1;
      expect(stderr).toContain(`nginx/proto.conf:${line}: ${name.split(' ')[0]}: `);
    }
    expect(host.seen()).toBe('nothing\nroot:root 644 regular file\n0\n');
  });

  it('gets no file written by a test that root runs', async () => {
    host.through(`start; ${append}`, pwned);
    const { code, stderr } = await desk.run(...inDir('--test'));
    expect([code, stderr]).toEqual([5, expect.stringContaining('[NGINX_SITE_UNSAFE]')]);
    expect(host.seen()).toBe('nothing\n');
  });

  it('loses the link that an earlier version made to his file', async () => {
    const old = `ln -s ${site()} ${copy}; ln -s ${copy} /etc/nginx/sites-enabled/proto.conf`;
    const status = `${[...commandLine, 'nginx', '--dir', desk.path('proto')].join(' ')} 2> "$HOME/before" || true`;
    host.through(`${old}; start; ${status}`, `look; settle; ${page}`);
    const { code, stderr } = await desk.run(...inDir('--install', '--yes'));
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    expect(readFileSync(desk.path('before'), 'utf8')).toContain('reads nginx/proto.conf of the');
    expect(host.seen()).toBe(`${links()}the web app\n`);
  });

  it('learns that the copy is behind, until root brings it up', async () => {
    const edit = asOperator(
      `sed -i "s/client_max_body_size 100m/client_max_body_size 1g/" ${site()}`,
    );
    const program = [...commandLine, 'update', '--offline', '--dir', desk.path('proto')].join(' ');
    const look = asOperator(`${program} > "$HOME/proto/said" 2>&1`);
    host.through(
      `start; ${first}; ${edit}; ${look}; grep -c "size 100m" ${copy} > "$HOME/behind"`,
      `grep -c "size 1g" ${copy}; tail -n +2 ${copy} | cmp - ${site()} && echo same`,
    );
    const { code, stderr } = await desk.run(...inDir('--install', '--yes'));
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    expect(readFileSync(desk.path('proto/said'), 'utf8')).toContain(
      'nginx on this host serves an earlier copy of nginx/proto.conf.',
    );
    expect(readFileSync(desk.path('behind'), 'utf8')).toBe('1\n');
    expect(host.seen()).toBe('1\nsame\n');
  });

  it('has a copy in conf.d where nginx has no sites-enabled', async () => {
    host.through(
      'rmdir /etc/nginx/sites-*; start',
      `stat -c '%U %a %F' /etc/nginx/conf.d/proto.conf; ${page}`,
    );
    const { code, stderr } = await desk.run(...inDir('--install', '--yes'));
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    expect(host.seen()).toBe('root 644 regular file\nthe web app\n');
  });

  it('does not lose what was edited in the copy itself', async () => {
    host.through(`start; ${first}; echo "# certbot" >> ${copy}`, `tail -n 1 ${copy}`);
    const { code, stderr } = await desk.run(...inDir('--install', '--yes'));
    expect([code, stderr]).toEqual([5, expect.stringContaining('[NGINX_COPY_EDITED]')]);
    expect(stderr).toContain(`sudo rm ${copy}`);
    expect(host.seen()).toBe('# certbot\n');
  });

  it('cannot have root work in his folder for temporary files', async () => {
    mkdirSync(desk.path('his'));
    execFileSync('chown', ['nobody', desk.path('his')]);
    desk.env.TMPDIR = desk.path('his');
    const { code, stderr } = await desk.run(...inDir('--test'));
    expect([code, stderr]).toEqual([3, expect.stringContaining('[TEMPORARY_FOLDER_UNUSABLE]')]);
    expect(stderr).toContain(`another user can change ${desk.path('his')}`);
  });
});

describe('an older site of the same name', () => {
  const old = (name: string) =>
    `echo 'server { listen 80; server_name ${url}; return 404; }' > /etc/nginx/${name}`;
  const served = async () => {
    const { stdout } = await desk.run('check', '--json');
    const { result } = JSON.parse(stdout) as { result: { findings: { id: string }[] } };
    return result.findings.find(({ id }) => id === 'nginx-served');
  };

  it.each(['sites-enabled/a', 'conf.d/old.conf'])(
    'in %s is named instead of an installation that nginx ignores',
    async (name) => {
      host.through(`${old(name)}; start`);
      const { code, stdout, stderr } = await install();
      expect([code, stderr]).toEqual([5, expect.stringContaining('[NGINX_NAME_TAKEN]')]);
      expect(stderr).toContain(`/etc/nginx/${name}:1: has the server_name ${url} on 0.0.0.0:80`);
      expect(stdout).not.toContain('serves');
      expect(host.seen()).toBe(name.startsWith('sites') ? `${name}\n` : '');
    },
  );

  it('is found when it came later, by a second install and by check', async () => {
    host.through(`start; "$@" > "$HOME/first" 2>&1; ${old('sites-enabled/a')}; nginx -s reload`);
    const { code, stdout, stderr } = await install();
    expect([code, stderr]).toEqual([5, expect.stringContaining('/etc/nginx/sites-enabled/a:1')]);
    expect(stdout).toBe('');
    const link = `ln -s ${site()} /etc/nginx/sites-enabled/proto.conf`;
    host.through(`${link}; ${old('sites-enabled/a')}`);
    expect(await served()).toMatchObject({
      state: 'failed',
      faults: [{ file: '/etc/nginx/sites-enabled/a', line: 1 }],
    });
    host.through(`${link}; ${old('sites-enabled/z')}`);
    expect(await served()).toMatchObject({ state: 'ok' });
    host.through(old('sites-enabled/a'));
    expect(await served()).toMatchObject({ state: 'not applicable' });
  });

  it('that nginx ignores from now on is named, too', async () => {
    host.through(`${old('sites-enabled/z')}; start`, `settle; ${page}`);
    const { code, stdout, stderr } = await install();
    expect(code).toBe(0);
    expect(stderr).toContain(`/etc/nginx/sites-enabled/z:1 also has the server_name ${url}`);
    expect(stdout).toContain('Installed: nginx tested the site and now serves it.');
    expect(host.seen()).toBe('the web app\n');
  });
});

describe('a site that needs what the host defines', () => {
  beforeEach(() => {
    const path = site();
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(
        'server {',
        'server {\n    access_log /var/log/nginx/site.log ours;',
      ),
    );
  });

  it('is taken where nginx accepts it among all that it has', async () => {
    host.through("echo 'log_format ours combined;' > /etc/nginx/conf.d/log.conf; start");
    const { code, stdout, stderr } = await install();
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    expect(stderr).toContain(
      'nginx rejects nginx/proto.conf when it is tested alone: unknown log format',
    );
    expect(stdout).toContain('Installed: nginx tested the site and now serves it.');
    expect(host.seen()).toBe(links());
  });

  it('is refused where it does not, and the old state comes back', async () => {
    host.through('start');
    const { code, stderr } = await install();
    expect([code, stderr]).toEqual([5, expect.stringContaining('[NGINX_SITE_INVALID]')]);
    expect(stderr).toContain('unknown log format "ours"');
    expect(host.seen()).toBe('');
  });

  it('is tested by itself without --install, and what to do then is said', async () => {
    host.through('start');
    const { code, stderr } = await desk.run('nginx', '--test');
    expect([code, stderr]).toEqual([
      5,
      expect.stringContaining('sudo proto-scaffold nginx --install. That tests the whole'),
    ]);
  });
});

describe('the old state comes back', () => {
  it('where nginx does not accept the site among the others', async () => {
    host.through(`${other('upstream platform { server 127.0.0.1:1; }')}; start`);
    const before = present();
    const { code, stderr } = await install();
    expect(code).toBe(5);
    expect(stderr).toMatch(
      /\[NGINX_SITE_INVALID\]\n {2}\S*: duplicate upstream "platform"|duplicate upstream "platform"/,
    );
    expect(host.seen()).toBe('sites-enabled/other\n');
    // The site itself had to be brought in line with this folder, and is back, too.
    expect(present()).toEqual(before);
  });

  it('where the reload fails', async () => {
    // Something else has port 80: `nginx -t` does not mind, the reload does.
    const blocker = `node -e 'require("net").createServer().listen(80)' & until ss -ltn | grep -q ':80 '; do sleep 0.05; done`;
    host.through(`${otherSite}; start; ${blocker}`);
    const { code, stderr } = await install();
    expect(code).toBe(3);
    expect(stderr).toContain('nginx kept its old configuration');
    expect(stderr).toMatch(/bind\(\) to 0\.0\.0\.0:80 failed/);
    expect(host.seen()).toBe('sites-enabled/other\n');
  });

  it('where the reload command itself fails', async () => {
    desk.putOnPath('systemctl', '[ "$1" != reload ] || { echo "Job failed." >&2; exit 1; }');
    host.through('mkdir -p /run/systemd/system; start');
    const { code, stderr } = await install();
    expect(code).toBe(3);
    expect(stderr).toContain('`systemctl reload nginx` failed. The previous state was restored.');
    expect(stderr).toContain('Job failed.');
    expect(host.seen()).toBe('');
  });

  it('as far as it can, and the first failure and each link that stayed are named', async () => {
    // The folder of the link that is removed first becomes read-only once nginx has tested.
    desk.putOnPath(
      'nginx',
      '/usr/sbin/nginx "$@"; code=$?; case "$*" in -T) [ ! -L /etc/nginx/sites-enabled/proto.conf ] || { mount -o remount,ro /etc/nginx/sites-enabled; exit 1; };; esac; exit $code',
    );
    host.through('mount -t tmpfs none /etc/nginx/sites-enabled');
    const { code, stderr } = await install();
    expect([code, stderr]).toEqual([5, expect.stringContaining('[NGINX_SITE_INVALID]')]);
    expect(stderr).toContain('The previous state could not be restored completely.');
    expect(stderr).toContain('run: sudo rm /etc/nginx/sites-enabled/proto.conf');
    expect(host.seen()).toMatch(/^sites-enabled\/proto\.conf -> \S+\n$/);
  });

  it('after Ctrl-C while nginx tests', async () => {
    const slow =
      'case "$*" in -T) [ -e "$HOME/links" ] || { ls /etc/nginx/sites-enabled > "$HOME/links.new"; if [ -s "$HOME/links.new" ]; then mv "$HOME/links.new" "$HOME/links"; exec sleep 600; fi; };; esac; exec /usr/sbin/nginx "$@"';
    desk.putOnPath('nginx', slow);
    host.through('');
    const child = desk.spawn('nginx', '--install', '--yes');
    const ended = finished(child);
    await expect.poll(() => existsSync(desk.path('links')), { timeout: 30_000 }).toBe(true);
    const programs = execFileSync('pgrep', [
      '-f',
      `^${commandLine.join(' ')} nginx --install`,
      '--newest',
    ]);
    process.kill(Number(programs.toString()), 'SIGINT');
    expect((await ended).code).toBe(130);
    expect(host.seen()).toBe('');
  });

  it('where nginx.conf includes neither sites-enabled nor conf.d', async () => {
    host.through("sed -i '/sites-enabled/d; /conf.d/d' /etc/nginx/nginx.conf");
    const { code, stderr } = await install();
    expect([code, stderr]).toEqual([3, expect.stringContaining('[NGINX_LAYOUT_UNKNOWN]')]);
    expect(stderr).toContain('include /etc/nginx/conf.d/*.conf;');
    expect(host.seen()).toBe('');
  });
});

it('goes to conf.d where nginx.conf includes that alone, whatever folders there are', async () => {
  host.through("sed -i '/sites-enabled/d' /etc/nginx/nginx.conf");
  const { code, stdout, stderr } = await install();
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).toContain('/etc/nginx/conf.d/proto.conf');
  expect(stdout + stderr).not.toContain('sites-enabled');
});

describe('nothing is touched', () => {
  it.each([
    ['sites-available', 'echo mine > /etc/nginx/sites-available/proto.conf', 'is a file'],
    [
      'sites-enabled',
      'ln -s /elsewhere /etc/nginx/sites-enabled/proto.conf',
      'a link to /elsewhere',
    ],
  ])('where something else is in %s', async (_, before, words) => {
    host.through(`${before}; look > "$HOME/before"`);
    const { code, stderr } = await install();
    expect([code, stderr]).toEqual([5, expect.stringContaining('[NGINX_SITE_TAKEN]')]);
    expect(stderr).toContain(words);
    expect(host.seen()).toBe(readFileSync(desk.path('before'), 'utf8'));
  });

  it('where nginx is broken already', async () => {
    host.through(other('servr {}'));
    const { code, stderr } = await install();
    expect([code, stderr]).toEqual([3, expect.stringContaining('is already invalid')]);
    expect(stderr).toContain('/etc/nginx/sites-enabled/other:1: unknown directive "servr"');
    expect(host.seen()).toBe('sites-enabled/other\n');
  });

  it('on a host with another layout, where it is said what to include', async () => {
    host.through('rmdir /etc/nginx/sites-enabled /etc/nginx/conf.d');
    const { code, stderr } = await install();
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining('Neither /etc/nginx/sites-enabled nor /etc/nginx/conf.d exists.'),
    ]);
    expect(stderr).toContain(`http block of /etc/nginx/nginx.conf`);
  });

  it('by a dry run, which shows the plan', async () => {
    host.through('start');
    const { code, stdout } = await desk.run('nginx', '--install', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain(
      '  > link /etc/nginx/sites-enabled/proto.conf to /etc/nginx/sites-available/proto.conf\n',
    );
    expect(stdout).toContain('This was a dry run: nothing was changed.');
    expect(host.seen()).toBe('');
  });

  it('where no one can be asked and --yes was not given', async () => {
    const { code, stderr } = await desk.run('nginx', '--install');
    expect([code, stderr]).toEqual([5, expect.stringContaining('add --yes')]);
    expect(host.seen()).toBe('');
  });

  it('by another user than root, who is reported what to type', async () => {
    const before = readPresentTree(desk.path('proto'));
    execFileSync('chown', ['-R', 'nobody', desk.folder]);
    asOrdinaryUser(desk, () => {});
    const { code, stderr } = await install();
    expect([code, stderr]).toEqual([3, expect.stringContaining('[ROOT_NEEDED]')]);
    expect(stderr).toContain(
      `Run: sudo proto-scaffold nginx --install --dir ${desk.path('proto')}`,
    );
    expect(readPresentTree(desk.path('proto'))).toEqual(before);
  });

  it('by a no on a terminal', async () => {
    const words = ['nginx', '--install'];
    desk.write(
      'run',
      `#!/bin/sh\nexec ${desk.through.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')} "$@"\n`,
      0o755,
    );
    const terminal = new Terminal(desk);
    try {
      terminal.type(
        `${desk.path('run')} ${process.execPath} ${process.cwd()}/dist/proto-scaffold.js ${words.join(' ')}; echo "ended with $?"`,
      );
      terminal.press('Enter');
      const plan = await terminal.shows('◆  Apply this plan? Nothing has changed so far.');
      expect(plan).toContain('> test the nginx configuration (nginx -t)');
      terminal.press('Right', 'Enter');
      expect(await terminal.shows(/ended with \d/)).toContain('ended with 5');
    } finally {
      terminal.close();
    }
    expect(host.seen()).toBe('');
  });
});
