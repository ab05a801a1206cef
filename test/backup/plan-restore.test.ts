import { describe, expect, it } from 'vitest';
import { planRestore, releaseFit } from '../../src/backup/plan-restore.ts';
import {
  edited,
  type Installed,
  installed,
  type ReleaseName,
  release,
  updated,
} from '../support/releases.ts';

const compose = 'backend/docker-compose.yml';
const platform = 'backend/config/platform.toml';
const chatbot = 'backend/config/chatbot.toml';
const own = 'nginx/own.conf';
const password = 'backend/secrets/postgres_password';
const site = 'nginx/proto.conf';
const latin1 = 'für die Bank';

/** As it would be read from a disk, of another Compose project than the backup's. A file with `latin1` is not UTF-8. */
function onDisk({ lock, base, current }: Installed) {
  const files = [...current].map(([path, text]) => {
    const encoding = text.includes(latin1) ? 'latin1' : 'utf8';
    return [path, Buffer.from(text, encoding)] as const;
  });
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
    if (bytes === undefined) return undefined;
    const text = Buffer.from(bytes).toString('latin1');
    return text.includes(latin1) ? text : Buffer.from(bytes).toString();
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

  it('are written where a file of the same length differs', () => {
    const [then, now] = ['server {} # then', 'server {} # here'];
    const of = (from: Installed, text: string) => ({
      ...from,
      current: new Map([...from.current, [own, text]]),
    });
    const { text } = restored(of(backup, then), of(present, now), '2026.11.0');
    expect(text(own)).toBe(then);
  });

  it('leave the present Compose file where the backup has none', () => {
    const without = edited(backup, compose, () => undefined);
    const { paths, notes } = restored(without, present, '2026.11.0');
    expect(paths.filter((path) => path.startsWith(compose))).toEqual([]);
    expect(notes).toEqual([]);
  });

  it.each([
    ['is broken', (text: string) => `${text}\n  a: [`],
    ['is empty', () => '# nothing yet\n'],
    ['is not UTF-8', (text: string) => `# ${latin1}\n${text}`],
    ['has a project of its own', (text: string) => text.replace('name: proto\n', 'name: mine\n')],
  ])('leave the present Compose file where that of the backup %s, and lay it beside', (_, edit) => {
    const broken = edited(backup, compose, edit);
    const { text, paths, notes } = restored(broken, present, '2026.11.0');
    expect(paths).not.toContain(compose);
    expect(text(`${compose}.from-backup`)).toBe(broken.current.get(compose));
    expect(notes.join()).toContain('from-backup');
  });
});

it('a broken Compose file of a backup does not replace that of the same project, either', () => {
  const broken = (name: ReleaseName) =>
    edited(installed(name), compose, (text) => `${text}name: proto\n`);
  for (const name of ['2026.10.0', '2026.11.0'] as const) {
    const backup = broken(name);
    const { text, paths } = restored(backup, installed('2026.11.0'), '2026.11.0');
    expect(paths).not.toContain(compose);
    expect(text(`${compose}.from-backup`)).toBe(backup.current.get(compose));
  }
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

describe('a restore of an older release', () => {
  const values = { YOUR_URL: 'old.example.com' };

  it.each(['2026.9.0', '2026.10.0'] as const)(
    'of %s leaves no file empty, and keeps what the release does not change',
    (name) => {
      const backup = edited(installed(name, values), site, (text) => `${text}# ours\n`);
      const { text, paths } = restored(backup, onNewHost('2026.11.0'), '2026.11.0');
      for (const path of paths) expect(text(path), path).toMatch(/\S/);
      expect(text(password)).toBe(backup.current.get(password));
      expect(text(site)).toContain('old.example.com');
      expect(text(site)).toMatch(/# ours\n$/);
      expect(paths.filter((path) => path.endsWith('.new'))).toEqual([]);
    },
  );

  it('is what an update of the backup would be, in every file but that of Compose', () => {
    const backup = edited(installed('2026.9.0', values), platform, (text) => `${text}# ours\n`);
    const { after } = updated(backup, '2026.11.0');
    const { text, paths, notes } = restored(backup, onNewHost('2026.11.0'), '2026.11.0');
    for (const path of paths) {
      // Each run makes secrets of its own.
      const same = (from = '') => from.replaceAll(/random-of-2026\.11\.0-\d+/g, 'a random secret');
      expect(same(text(path)), path).toBe(same(after.current.get(path)));
    }
    expect(text(platform)).not.toBe(backup.current.get(platform));
    expect(notes.join()).not.toContain('undefined');
  });

  it('brings no file that the installed release does not have', () => {
    const { paths } = restored(installed('2026.10.0'), onNewHost('2026.11.0'), '2026.11.0');
    expect(paths).not.toContain('backend/config/mailer.toml');
  });

  it('says which files it could not bring to the installed release, and keeps them', () => {
    const mailer = 'backend/config/mailer.toml';
    let backup = edited(installed('2026.10.0'), platform, (text) => `= =\n${text}`);
    backup = edited(backup, mailer, (text) => `${text}# ours\n`);
    const { text, notes } = restored(backup, onNewHost('2026.11.0'), '2026.11.0');
    expect(text(platform)).toBe(backup.current.get(platform));
    expect(text(mailer)).toBe(backup.current.get(mailer));
    expect(notes).toContainEqual(expect.stringMatching(/^backend\/config\/platform\.toml:1:\d+: /));
    expect(notes).toContainEqual(expect.stringMatching(/^backend\/config\/mailer\.toml is no /));
  });

  it.each([
    ['has a project of its own', (text: string) => text.replace('name: proto\n', 'name: mine\n')],
    ['is not UTF-8', (text: string) => `# ${latin1}\n${text}`],
    ['is broken', (text: string) => `${text}\n  a: [`],
    ['cannot be merged', (text: string) => `${text}x-own:\n  ? [a, b]\n  : c\n`],
  ])('leaves the present Compose file where that of the backup %s, and says so', (_, edit) => {
    const backup = edited(edited(installed('2026.10.0'), compose, edit), site, () => '# ours\n');
    const present = onNewHost('2026.11.0');
    const { text, paths, notes, base } = restored(backup, present, '2026.11.0');
    expect(paths).not.toContain(compose);
    expect(text(`${compose}.from-backup`)).toBe(backup.current.get(compose));
    expect(notes.join()).toContain(`${compose} from the backup could not be adapted`);
    expect(notes.join()).not.toContain('deleted by you');
    expect(base.get(compose)).toBe(present.base.get(compose));
    expect(text(site)).toContain('# ours\n');
  });

  it('keeps a byte order mark, and files that are not UTF-8 to the byte', () => {
    let backup = edited(installed('2026.10.0'), platform, (text) => `\uFEFF${text}`);
    backup = edited(backup, chatbot, (text) => `# ${latin1}\n${text}`);
    const { text, notes, base } = restored(backup, onNewHost('2026.11.0'), '2026.11.0');
    expect(text(platform)).toMatch(/^\uFEFF#/);
    expect(text(chatbot)).toBe(backup.current.get(chatbot));
    expect(notes.filter((note) => note.includes(chatbot))).toEqual([
      expect.stringContaining('is not UTF-8'),
    ]);
    // So that the next update brings what the release had changed.
    expect(base.get(chatbot)).toBe(backup.base.get(chatbot));
    expect(base.get(chatbot)).not.toBe(installed('2026.11.0').base.get(chatbot));
  });

  it('is refused where the override file of the backup needs a service that is gone', () => {
    const mailer = 'services:\n  mailer:\n    mem_limit: 1g\n';
    const { current, ...rest } = installed('2026.10.0');
    const override = 'backend/docker-compose.override.yaml';
    const backup = { ...rest, current: new Map([...current, [override, mailer]]) };
    expect(() => restored(backup, onNewHost('2026.11.0'), '2026.11.0')).toThrow(
      expect.objectContaining({ code: 'OVERRIDE_SERVICE_GONE' }),
    );
  });
});

describe('releaseFit', () => {
  it.each([
    ['2026.9.0', true],
    ['nightly', false],
  ])('sends a backup of %s to `update` first: %s', (backup, expected) => {
    let hint = '';
    try {
      releaseFit(backup, '2026.11.0', '2027.1.0');
    } catch (error) {
      hint = (error as { hint: string }).hint;
    }
    expect(hint.startsWith('Run `proto-scaffold update` first')).toBe(expected);
  });

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
