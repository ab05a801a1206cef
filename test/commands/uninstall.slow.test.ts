import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeInstallation } from '../support/disk-installation.ts';
import { DockerStandIn } from '../support/docker-stand-in.ts';
import { inOwnMounts } from '../support/hosts.ts';
import { Desk } from '../support/program.ts';
import { installed } from '../support/releases.ts';
import { copyWithOwners } from '../support/tree.ts';

/** `uninstall` on a host whose nginx, the real one, serves the installation. */

let desk: Desk;
let docker: DockerStandIn;

beforeEach(() => {
  desk = new Desk();
  writeInstallation(desk.path('proto'), installed('2026.11.0'));
  mkdirSync(desk.path('proto/nginx'), { recursive: true });
  writeFileSync(
    desk.path('proto/nginx/proto.conf'),
    'server { listen unix:/run/site.sock; return 200; }\n',
  );
  docker = new DockerStandIn(desk, [
    { to: 'compose config', stdout: '{"name":"proto-1a2b3c","services":{}}' },
    { to: 'version --format', stdout: '26.1.5' },
    { to: 'network ls --format json' },
    { to: 'ps --all --quiet' },
    { to: 'volume ls --format json', stdout: '{"Name":"proto-1a2b3c_data"}' },
    { to: 'system df', stdout: '{"Volumes":[{"Name":"proto-1a2b3c_data","Size":"1kB"}]}' },
    { to: 'compose down$' },
    { to: 'volume rm proto-1a2b3c_data$' },
  ]);
});
afterEach(() => desk.remove());

/** An nginx of its own, which has two links of ours and a site of someone else. */
const nginx = (command: string) => `
mount -t tmpfs tmpfs /etc/nginx
mount -t tmpfs tmpfs /run
mkdir /etc/nginx/sites-enabled /etc/nginx/sites-available
cat >/etc/nginx/nginx.conf <<'end'
user root;
pid /run/nginx.pid;
error_log /run/error.log;
events {}
http {
  access_log off;
  client_body_temp_path /run/body; proxy_temp_path /run/proxy; fastcgi_temp_path /run/fastcgi;
  uwsgi_temp_path /run/uwsgi; scgi_temp_path /run/scgi;
  include /etc/nginx/sites-enabled/*;
}
end
echo 'server { listen unix:/run/other.sock; return 200; }' >/etc/nginx/sites-available/other
ln -s ../sites-available/other /etc/nginx/sites-enabled/other
ln -s '${desk.path('proto/nginx/proto.conf')}' /etc/nginx/sites-available/proto.conf
ln -s ../sites-available/proto.conf /etc/nginx/sites-enabled/proto.conf
PATH=$PATH:/usr/sbin:/sbin
nginx
code=0
${command} || code=$?
ls /etc/nginx/sites-enabled /etc/nginx/sites-available >'${desk.path('links')}'
for try in $(seq 100); do [ -e /run/site.sock ] || break; sleep 0.05; done
ls /run/*.sock >'${desk.path('sockets')}'
nginx -s quit
exit $code`;
const listed = (name: string) => readFileSync(desk.path(name), 'utf8').split('\n').filter(Boolean);
const acts = () => docker.calls.filter((line) => /^(compose down|volume rm)/.test(line));

describe('uninstall', () => {
  it('takes the links of nginx away, has it reload, and moves the folder aside', async () => {
    inOwnMounts(desk, nginx('"$@"'));
    const { code, stdout, stderr } = await desk.run('uninstall', '--yes');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('  - nginx site /etc/nginx/sites-enabled/proto.conf\n');
    expect(stderr).toContain('  - nginx site /etc/nginx/sites-available/proto.conf\n');
    expect(stderr).toContain('  > reload nginx\n');
    expect(listed('links').filter((name) => name !== 'other' && !name.endsWith(':'))).toEqual([]);
    expect(listed('sockets')).toEqual(['/run/other.sock']);
    expect(acts()).toEqual(['compose down']);
    expect(existsSync(desk.path('proto'))).toBe(false);
    const [, moved = ''] = /are now in (\S+)\.$/m.exec(stdout) ?? [];
    expect(readFileSync(`${moved}/backend/config/platform.toml`, 'utf8')).toContain('[app]');
    expect(existsSync(`${moved}/.proto/guard.json`)).toBe(false);
  });

  it('by a user who may not touch them removes nothing, and says what root is to type', async () => {
    const ids = ['--reuid=65534', '--regid=65534', '--clear-groups'];
    execFileSync('chown', ['-R', '65534:65534', desk.folder]);
    chmodSync(desk.folder, 0o755);
    const script = `set -e\n${nginx(`setpriv ${ids.join(' ')} "$@"`)}`;
    desk.through = ['unshare', '--mount', 'sh', '-c', script, 'sh'];
    const { code, stderr } = await desk.run('uninstall', '--yes');
    expect(code, stderr).toBe(3);
    expect(stderr).toContain(
      'sudo rm /etc/nginx/sites-enabled/proto.conf /etc/nginx/sites-available/proto.conf && sudo systemctl reload nginx',
    );
    expect(listed('links').filter((name) => name === 'proto.conf').length).toBe(2);
    expect(acts()).toEqual([]);
    expect(existsSync(desk.path('proto'))).toBe(true);
  });

  it('--data with the name removes volumes and folder; the second time there is nothing', async () => {
    const { document, code } = await desk.json('uninstall', '--data', '--yes', '--name', 'proto');
    expect(code).toBe(0);
    expect(document.result.plan).toMatchObject({ volumes: ['proto-1a2b3c_data'], keptVolumes: [] });
    expect(acts()).toEqual(['compose down', 'volume rm proto-1a2b3c_data']);
    expect(existsSync(desk.path('proto'))).toBe(false);
    const again = await desk.json('uninstall', '--data', '--yes', '--name', 'proto');
    expect(again.document.error.code).toBe('NOT_AN_INSTALLATION');
  });

  it.each([
    [[]],
    [['--data']],
    [['--data', '--yes']],
    [['--data', '--name', 'proto']],
    [['--yes', '--name', 'prot']],
    [['--data', '--yes', '--name', 'Proto']],
  ])('with %j removes nothing where no one can be asked', async (flags) => {
    const before = desk.tree();
    const { document, code } = await desk.json('uninstall', ...flags);
    expect([code, document.error.code]).toEqual([5, 'CONFIRMATION_MISSING']);
    expect(acts()).toEqual([]);
    expect(Object.keys(desk.tree()).filter((path) => !path.startsWith('.docker'))).toEqual(
      Object.keys(before).filter((path) => !path.startsWith('.docker')),
    );
  });

  it('leaves all as it is where nginx would not start again, since a line of its own has the site', async () => {
    const include = `sed -i 's|^}|  include "${desk.path('proto/nginx/proto.conf')}";\\n}|' /etc/nginx/nginx.conf`;
    inOwnMounts(desk, nginx(`{ rm /etc/nginx/sites-*/proto.conf; ${include}; "$@"; }`));
    const { code, stderr } = await desk.run('uninstall', '--yes');
    expect([code, stderr]).toEqual([5, expect.stringContaining('[NGINX_INCLUDES_SITE]')]);
    expect(stderr).toMatch(/\/etc\/nginx\/nginx\.conf:\d+: includes /);
    expect(acts()).toEqual([]);
    expect(existsSync(desk.path('proto'))).toBe(true);
  });

  it('--data keeps the data that an installation beside it has, too', async () => {
    const lock = desk.path('proto/.proto/lock.json');
    const read = { ...JSON.parse(readFileSync(lock, 'utf8')), project: 'proto-1a2b3c' };
    writeFileSync(lock, JSON.stringify(read));
    copyWithOwners(desk.path('proto'), desk.path('copy'));
    const words = ['uninstall', '--data', '--yes', '--name', 'copy', '--dir', 'copy'];
    const { document, code } = await desk.json(...words);
    expect([code, document.error.code]).toEqual([5, 'INSTALLATION_COPIED']);
    expect(document.error.message).toContain(desk.path('proto'));
    expect(document.error.hint).toContain('adopt --new');
    expect(acts()).toEqual([]);
  });

  it('finds another name where something was moved there today already', async () => {
    const day = new Date().toISOString().slice(0, 10);
    mkdirSync(desk.path(`proto.removed-${day}`));
    const { document } = await desk.json('uninstall', '--dry-run');
    expect(document.result.plan.movedTo).toMatch(/proto\.removed-\d{4}-\d\d-\d\d(-2)?$/);
    expect(existsSync(document.result.plan.movedTo)).toBe(false);
  });
});
