import { describe, expect, it } from 'vitest';
import { planRestore, releaseFit } from '../../src/backup/plan-restore.ts';
import {
  edited,
  type Installed,
  installed,
  type ReleaseName,
  release,
} from '../support/releases.ts';

const compose = 'backend/docker-compose.yml';
const platform = 'backend/config/platform.toml';
const own = 'nginx/own.conf';

/** As it would be read from a disk, of another Compose project than the backup's. */
function onDisk({ lock, base, current }: Installed) {
  const files = [...current].map(([path, text]) => [path, Buffer.from(text)] as const);
  return { lock, base, files: new Map<string, Uint8Array>(files) };
}

function onNewHost(name: ReleaseName): Installed {
  const made = installed(name);
  const change = (text: string) =>
    text.replace('name: proto\n', 'name: proto-new\n').replaceAll('"1000"', '"2000"');
  const change2 = (files: ReadonlyMap<string, string>) =>
    new Map([...files].map(([path, text]) => [path, path === compose ? change(text) : text]));
  return {
    lock: { ...made.lock, project: 'proto-new', group: 2000 },
    base: change2(made.base),
    current: change2(made.current),
  };
}

function restored(
  backup: Installed,
  present: Installed,
  templates: ReleaseName,
  keepsDatabase = false,
) {
  const { files, base, notes } = planRestore({
    installation: '/srv/proto',
    backup: onDisk(backup),
    present: onDisk(present),
    templates: release(templates),
    random: () => 'a random secret',
    keepsDatabase,
  });
  const text = (path: string) => {
    const bytes = files.get(path);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString();
  };
  return { paths: [...files.keys()].sort(), text, base, notes };
}

describe('the files of a restore of the same release', () => {
  const backup = edited(
    edited(installed('2026.11.0', { YOUR_URL: 'old.example.com' }), platform, (text) =>
      text.replace('algorithm = "HS256"', 'algorithm = "HS512" # ours'),
    ),
    compose,
    (text) => text.replace('memory: 6144m', 'memory: 3g # a small host'),
  );
  const present = onNewHost('2026.11.0');

  it('are the configuration and secrets of the backup, to the byte', () => {
    const { text, base } = restored(backup, present, '2026.11.0');
    expect(text(platform)).toBe(backup.current.get(platform));
    expect(base.get(platform)).toBe(backup.base.get(platform));
  });

  it('have the Compose project, group and images of this host, and the edits of then', () => {
    const { text, base } = restored(backup, present, '2026.11.0');
    expect(text(compose)).toContain('name: proto-new\n');
    expect(text(compose)).toContain('memory: 3g # a small host');
    expect(text(compose)).not.toContain('"1000"');
    expect(base.get(compose)).toBe(present.base.get(compose));
  });

  it('have the present password of a database that stays, and say so', () => {
    const password = 'backend/secrets/postgres_password';
    const then = edited(backup, password, () => 'of then');
    const old = edited(then, platform, (text) =>
      text.replace(/^password = ".*"$/m, 'password = "of then"'),
    );
    const withData = restored(old, present, '2026.11.0');
    expect([withData.text(password), withData.notes]).toEqual(['of then', []]);
    const without = restored(old, present, '2026.11.0', true);
    const now = present.current.get(password) ?? '';
    expect(without.paths).not.toContain(password);
    expect(without.text(platform)).toContain(`password = "${now.trim()}"`);
    expect(without.text(platform)).toContain('algorithm = "HS512" # ours');
    expect(without.notes.join()).toContain(`${password}.`);
  });

  it('do not need the templates of that release', () => {
    const same = restored(backup, present, '2026.11.0');
    const newer = restored(backup, present, '2027.1.0');
    expect(newer.paths).toEqual(same.paths);
    expect(newer.text(compose)).toBe(same.text(compose));
  });

  it("have the operator's own files, and never a deletion", () => {
    const more = { ...backup, current: new Map([...backup.current, [own, 'server {}']]) };
    more.current.delete('backend/config/chatbot.toml');
    const { text, paths } = restored(more, present, '2026.11.0');
    expect(text(own)).toBe('server {}');
    expect(paths).not.toContain('backend/config/chatbot.toml');
  });

  it('are not written where they are so already', () => {
    expect(restored(present, present, '2026.11.0').paths).toEqual([]);
  });

  it.each([
    ['is broken', (text: string) => `${text}\n  a: [`],
    ['has a project of its own', (text: string) => text.replace('name: proto\n', 'name: mine\n')],
  ])('leave the present Compose file where that of the backup %s, and lay it beside', (_, edit) => {
    const broken = edited(backup, compose, edit);
    const { text, paths, notes } = restored(broken, present, '2026.11.0');
    expect(paths).not.toContain(compose);
    expect(text(`${compose}.from-backup`)).toBe(broken.current.get(compose));
    expect(notes.join()).toContain('from-backup');
  });
});

describe('the files of a restore of an older release', () => {
  it('are brought to the installed one as an update would', () => {
    const backup = edited(
      installed('2026.9.0', { YOUR_URL: 'old.example.com' }),
      platform,
      (text) => text.replace('algorithm = "HS256"', 'algorithm = "HS512"'),
    );
    const present = onNewHost('2026.11.0');
    const { text, base, notes, paths } = restored(backup, present, '2026.11.0');
    expect(text(platform)).toContain('algorithm = "HS512"');
    expect(text(platform)).toContain('old.example.com');
    // Which comes to the current state: the release's own, with the project of this host.
    expect(paths).not.toContain(compose);
    expect([...base.keys()].sort()).toEqual([...present.base.keys()].sort());
    expect(notes[0]).toContain('from release 2026.9.0 to 2026.11.0');
  });

  it('tell where the operator and the release changed the same, and keep his', () => {
    const backup = edited(installed('2026.9.0'), platform, (text) =>
      text.replace('expire_minutes = 60', 'expire_minutes = 90'),
    );
    const { text, notes } = restored(backup, onNewHost('2026.11.0'), '2026.11.0');
    expect(text(platform)).toContain('expire_minutes = 90');
    expect(notes).toContainEqual(
      `You and the release both changed ${platform} api.access_token_expire_minutes. Your value is kept.`,
    );
  });

  it('tell what the installed release needs and the backup has not', () => {
    const { notes } = restored(installed('2026.10.0'), onNewHost('2026.12.0'), '2026.12.0');
    expect(notes).toContainEqual(
      expect.stringMatching(
        /platform\.toml:\d+ telemetry\.key is not set, and the release requires/,
      ),
    );
  });
});

describe('releaseFit', () => {
  it.each([
    ['2026.11.0', '2026.11.0', '2027.1.0', 'same'],
    ['2026.9.0', '2026.11.0', '2026.11.0', 'older'],
    ['2027.1.0', '2026.11.0', '2026.11.0', 'BACKUP_NEWER'],
    ['2026.9.0', '2026.11.0', '2027.1.0', 'BACKUP_RELEASE_DIFFERS'],
    ['nightly', '2026.11.0', '2026.11.0', 'BACKUP_RELEASE_DIFFERS'],
  ])('a backup of %s, with %s installed, by a program with %s: %s', (...given) => {
    const [backup, now, templates, expected] = given;
    const look = () => releaseFit(backup, now, templates);
    if (/^[a-z]/.test(expected)) expect(look()).toBe(expected);
    else expect(look).toThrow(expect.objectContaining({ code: expected, exitCode: 5 }));
  });
});
