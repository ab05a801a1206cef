import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { PreparedInstallation } from '../support/prepared-installation.ts';
import type { Desk } from '../support/program.ts';

/** Files that the program replaces keep what an operator has set on them. */

const nobody = 65_534;
const installation = new PreparedInstallation();
let desk: Desk;
beforeEach(() => {
  desk = installation.copy();
});

const platform = () => desk.path('proto/backend/config/platform.toml');
const tool = (program: string, ...args: string[]) => execFileSync(program, args).toString();
const acl = (file: string) => tool('getfacl', '--omit-header', '--absolute-names', '-n', file);
const set = () => desk.json('config', 'set', 'database.port', '5433');
const modeOf = (file: string) => (statSync(file).mode & 0o7777).toString(8);

/** One user more, and a group that may do nothing: the group's bits of the mode are the mask then. */
function protect(file: string): string {
  chmodSync(file, 0o640);
  tool('setfacl', '-m', 'u:1234:rw,g::---', file);
  tool('setfattr', '-n', 'user.note', '-v', 'ours', file);
  return acl(file);
}

const note = (file: string) =>
  tool('getfattr', '--only-values', '--absolute-names', '-n', 'user.note', file);

describe('a file with an ACL, an extended attribute and another owner', () => {
  it('keeps all three through changes, rollback and a change that is rejected', async () => {
    const wanted = protect(platform());
    chownSync(platform(), nobody, 1234);
    const mustHold = () => {
      expect(acl(platform())).toBe(wanted);
      expect(note(platform())).toBe('ours');
      expect(statSync(platform())).toMatchObject({ uid: nobody, gid: 1234 });
    };
    const { code, document } = await set();
    expect(code).toBe(0);
    expect(document.notices).toEqual([]);
    mustHold();
    expect(readFileSync(platform(), 'utf8')).toContain('5433');
    expect((await desk.run('rollback', '--yes', '1')).code).toBe(0);
    mustHold();
  });

  it.each(['platform', 'chatbot'])(
    'keeps them if a change of several files fails at %s.toml and is rolled back',
    async (name) => {
      const files = ['platform', 'chatbot'].map((each) =>
        desk.path(`proto/backend/config/${each}.toml`),
      );
      const wanted = files.map(protect);
      desk.through = [
        ...['strace', '-f', '-qq', '-o', '/dev/null'],
        ...['-P', desk.path(`proto/.proto/staging/new/files/backend/config/${name}.toml`)],
        ...['-e', 'trace=rename', '-e', 'inject=rename:error=EIO'],
      ];
      const { code, document } = await set();
      expect(code).toBe(3);
      expect(document.error.message).toContain('All changes were rolled back.');
      expect(files.map(acl)).toEqual(wanted);
      expect(files.map(note)).toEqual(['ours', 'ours']);
      expect(readFileSync(platform(), 'utf8')).not.toContain('5433');
    },
  );

  it('that is Docker’s config.json keeps them', async () => {
    mkdirSync(desk.path('.docker'));
    const config = desk.write('.docker/config.json', '{}');
    const wanted = protect(config);
    chownSync(config, nobody, 1234);
    desk.putOnPath('docker-credential-proto-scaffold', 'exit 0');
    const { code, stderr } = await desk.run('login', '--helper');
    expect(code, stderr).toBe(0);
    expect(readFileSync(config, 'utf8')).toContain('proto-scaffold');
    expect(acl(config)).toBe(wanted);
    expect(note(config)).toBe('ours');
    expect(statSync(config)).toMatchObject({ uid: nobody, gid: 1234 });
  });
});

const asNobody = () => {
  tool('chown', '-R', `${nobody}:${nobody}`, desk.folder);
  desk.through = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
};

describe('a file that not even its owner may write to', () => {
  it.each([0o400, 0o440])('of mode %o keeps its ACL and extended attributes', async (mode) => {
    asNobody();
    protect(platform());
    chmodSync(platform(), mode);
    const wanted = acl(platform());
    const { code, document, stderr } = await set();
    expect(code, stderr).toBe(0);
    expect(document.notices).toEqual([]);
    expect(acl(platform())).toBe(wanted);
    expect(note(platform())).toBe('ours');
    expect((await desk.run('rollback', '--yes', '1')).code).toBe(0);
    expect(acl(platform())).toBe(wanted);
    expect(note(platform())).toBe('ours');
  });

  it('and is Docker’s config.json keeps them', async () => {
    mkdirSync(desk.path('.docker'));
    const config = desk.write('.docker/config.json', '{}');
    asNobody();
    protect(config);
    chmodSync(config, 0o400);
    const wanted = acl(config);
    desk.putOnPath('docker-credential-proto-scaffold', 'exit 0');
    const { code, stderr } = await desk.run('login', '--helper');
    expect(code, stderr).toBe(0);
    expect([acl(config), note(config)]).toEqual([wanted, 'ours']);
  });
});

describe('what this user cannot keep', () => {
  it('is reported before the change, and opens the file to no other group', async () => {
    asNobody();
    chownSync(platform(), 0, 1234);
    chmodSync(platform(), 0o644);
    const { code, document } = await set();
    expect(code).toBe(0);
    expect(document.notices.join()).toContain(
      'The new backend/config/platform.toml cannot keep owner and group',
    );
    expect(modeOf(platform())).toBe('604');
  });

  it('is an ACL where its file system has none, and the group gets nothing of its mask', async () => {
    protect(platform());
    // setxattr is what sets an ACL.
    desk.through = [
      ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsetxattr,setxattr'],
      ...['-e', 'inject=fsetxattr,setxattr:error=EOPNOTSUPP'],
    ];
    const { code, document, stderr } = await set();
    expect(code, stderr).toBe(0);
    expect(document.notices.join()).toContain('cannot keep ACL and extended attributes');
    expect(modeOf(platform())).toBe('600');
  });

  it('of Docker’s config.json is reported', async () => {
    mkdirSync(desk.path('.docker'));
    const config = desk.write('.docker/config.json', '{}');
    asNobody();
    chownSync(config, 0, 1234);
    chmodSync(config, 0o644);
    desk.putOnPath('docker-credential-proto-scaffold', 'exit 0');
    const { code, document } = await desk.json('login', '--helper');
    expect(code).toBe(0);
    expect(document.notices.join()).toContain('config.json cannot keep owner and group');
  });
});

it('cp runs with the signals ignored that the program ignores', async () => {
  const seen = desk.path('seen');
  desk.putOnPath('fake-cp', `grep SigIgn /proc/$$/status >'${seen}'; exit 1`);
  desk.through = [
    ...['unshare', '-m', 'sh', '-c'],
    `mount --bind '${desk.path('.bin/fake-cp')}' /usr/bin/cp; trap '' HUP; exec "$0" "$@"`,
  ];
  desk.env.PROTO_SCAFFOLD_SIGNALS_IGNORED = '1';
  await set();
  expect(readFileSync(seen, 'utf8')).toMatch(/1$/m);
});
