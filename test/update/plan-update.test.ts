import TOML from '@iarna/toml';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/parameters.ts';
import { planSet } from '../../src/config/plan-config.ts';
import { configAfter, rejectConflicts } from '../../src/update/plan-update.ts';
import { configInput, parameterOf } from '../support/config-input.ts';
import {
  edited,
  type Installed,
  installed,
  release,
  releases,
  updated,
} from '../support/releases.ts';

const platform = 'backend/config/platform.toml';
const chatbot = 'backend/config/chatbot.toml';
const compose = 'backend/docker-compose.yml';
const values = {
  YOUR_URL: 'chat.example-bank.com',
  YOUR_SENDGRID_API_KEY: 'SG.of-the-operator',
  YOUR_OPENAI_API_KEY: 'sk-of-the-operator',
};

const toml = ({ current }: Installed, path = platform) =>
  TOML.parse(current.get(path) ?? '') as Record<string, Record<string, unknown>>;
const services = ({ current }: Installed) =>
  Object.keys(parse(current.get(compose) ?? '').services).sort();
const set = (key: string, value: string) => (text: string) =>
  text.replace(new RegExp(`^${key} = .*$`, 'm'), `${key} = ${value} # mine`);

describe('an update to the release that is installed', () => {
  it.each(releases)('of %s has nothing new', (name) => {
    const { nothingNew, plan } = updated(installed(name, values), name);
    expect(nothingNew).toBe(true);
    expect(plan.files).toEqual([]);
    expect(plan.actions).toEqual([]);
  });

  it('has nothing new after edits by hand, either', () => {
    const mine = edited(installed('2026.11.0', values), platform, set('algorithm', '"HS512"'));
    expect(updated(mine, '2026.11.0').nothingNew).toBe(true);
  });
});

const jumps = releases.flatMap((from, index) =>
  releases.slice(index + 1).map((to) => [from, to] as const),
);

describe.each(jumps)('an update from %s to %s', (from, to) => {
  it('of an untouched installation gives what init at the newer release gives, but for the secrets', () => {
    const { after } = updated(installed(from, values), to);
    const fresh = installed(to, values);
    const withoutSecrets = ({ current }: Installed) =>
      [...current]
        .map(([path, text]) => [path, text.replaceAll(/random-of-[\d.]+-\d+/g, 'random')])
        .sort();
    expect(withoutSecrets(after)).toEqual(withoutSecrets(fresh));
  });

  it('keeps every secret that was made at init', () => {
    const before = installed(from, values);
    const { after } = updated(before, to);
    for (const [table, key] of [
      ['api', 'session_middleware_secret_key'],
      ['api', 'secret_key'],
      ['database', 'password'],
      ['bucket', 'secret_key'],
    ] as const) {
      expect(toml(after)[table]?.[key]).toBe(toml(before)[table]?.[key]);
    }
  });

  it('keeps an edited value, its comment and a table of the operator', () => {
    let mine = edited(installed(from, values), platform, set('algorithm', '"HS512"'));
    mine = edited(mine, platform, (text) => `${text}\n[my]\n# mine alone\nown = true\n`);
    const { after } = updated(mine, to);
    expect(after.current.get(platform)).toContain('algorithm = "HS512" # mine\n');
    expect(after.current.get(platform)).toContain('[my]\n# mine alone\nown = true\n');
  });

  it('and once more has nothing new', () => {
    const mine = edited(installed(from, values), platform, set('algorithm', '"HS512"'));
    expect(updated(updated(mine, to).after, to).nothingNew).toBe(true);
  });
});

describe('what the releases bring', () => {
  it('a renamed key carries value and comment, over one release or two', () => {
    const mine = edited(
      installed('2026.11.0', values),
      platform,
      set('access_token_expire_minutes', '99'),
    );
    const next = updated(mine, '2026.12.0');
    expect(toml(next.after).api).toMatchObject({ token_lifetime_minutes: 99 });
    expect(toml(next.after).api).not.toHaveProperty('access_token_expire_minutes');
    expect(next.after.current.get(platform)).toContain('token_lifetime_minutes = 99 # mine\n');
    for (const { after } of [updated(next.after, '2027.1.0'), updated(mine, '2027.1.0')]) {
      expect(toml(after).auth).toEqual({ token_lifetime_minutes: 99 });
      expect(toml(after).api).not.toHaveProperty('token_lifetime_minutes');
      expect(after.current.get(platform)).toContain('token_lifetime_minutes = 99 # mine\n');
    }
  });

  it('a new mandatory key is named, with file and line, last', () => {
    const { newlyMandatory, after } = updated(installed('2026.11.0', values), '2026.12.0');
    expect(newlyMandatory).toMatchObject([
      { file: platform, key: 'telemetry.key', placeholder: 'YOUR_TELEMETRY_KEY' },
    ]);
    const line = newlyMandatory[0]?.line ?? 0;
    expect(after.current.get(platform)?.split('\n')[line - 1]).toBe('key = "{YOUR_TELEMETRY_KEY}"');
  });

  it('a value that was unset before is not called newly mandatory', () => {
    expect(updated(installed('2026.10.0'), '2026.11.0').newlyMandatory).toEqual([]);
  });

  it("a new key with {YOUR_URL} gets the operator's present URL, and his other keys stay", () => {
    const moved = edited(installed('2026.11.0', values), platform, (text) =>
      text.replaceAll('chat.example-bank.com', 'new.example-bank.com'),
    );
    const { after } = updated(moved, '2026.12.0');
    expect(toml(after).telemetry?.url).toBe('https://new.example-bank.com/api/telemetry');
    expect(toml(after, chatbot).app?.base_api_url).toBe('https://chat.example-bank.com/api');
  });

  it('a new random secret is made once, and stays', () => {
    const { after } = updated(installed('2026.11.0', values), '2026.12.0');
    const key = toml(after, 'backend/config/analytics.toml').storage?.signing_key;
    expect(key).toMatch(/^random-of-2026\.12\.0-/);
  });

  it('services come and go', () => {
    const before = installed('2026.10.0', values);
    expect(services(before)).toContain('mailer');
    const shipped = updated(before, '2026.11.0');
    expect(services(shipped.after)).not.toContain('mailer');
    expect(shipped.after.current.has('backend/config/mailer.toml')).toBe(false);
    const next = updated(shipped.after, '2026.12.0');
    expect(services(next.after)).toContain('analytics');
  });

  it('the configuration of a dropped service stays if the operator had changed it, and that is said', () => {
    const mine = edited(
      installed('2026.10.0', values),
      'backend/config/mailer.toml',
      set('workers', '16'),
    );
    const { after, outcomes } = updated(mine, '2026.11.0');
    expect(after.current.get('backend/config/mailer.toml')).toContain('workers = 16 # mine');
    const outcome = outcomes.find(({ path }) => path === 'backend/config/mailer.toml');
    expect(outcome?.note).toContain('no longer part of the release');
  });
});

describe('a service that the release dropped, and the operator changed', () => {
  const mailer = 'backend/config/mailer.toml';
  /** Gives the mailer more memory, so that it is the operator's, too. */
  const ours = (text: string) => text.replace(/( {2}mailer:[\s\S]*?memory: )\d+m/, '$1777m');
  const before = edited(installed('2026.10.0', values), compose, ours);
  const { after, outcomes } = updated(before, '2026.11.0');
  const source = configInput(after);

  it('keeps its configuration, and that is said', () => {
    expect(services(after)).toContain('mailer');
    expect(after.current.get(mailer)).toBe(before.current.get(mailer));
    const outcome = outcomes.find(({ path }) => path === mailer);
    expect(outcome?.note).toContain('a service still uses it');
    expect(updated(after, '2026.12.0').after.current.has(mailer)).toBe(true);
  });

  it('gets a shared value with all others, and is restarted', () => {
    const parameter = parameterOf(source, 'sendgrid.api_key');
    const plan = planSet(source, parameter, parameter.places, 'SG.new');
    expect(plan.changes.map(({ file }) => file)).toEqual([platform, mailer]);
    expect(plan.restart).toEqual(['platform', 'mailer']);
  });

  it('is compared with the others', () => {
    const apart = edited(after, mailer, (text) => text.replace('SG.of-the-operator', 'SG.other'));
    const { states, secret } = parameterOf(configInput(apart), 'sendgrid.api_key');
    expect([states.has('differs'), secret]).toEqual([true, true]);
  });

  it('counts no more once it is removed from docker-compose.yml', () => {
    const gone = edited(after, compose, (text) => text.replace(/ {2}mailer:[\s\S]*?\n\n/, ''));
    const parameter = parameterOf(configInput(gone), 'sendgrid.api_key');
    expect(parameter.places.map(({ file }) => file)).toEqual([platform]);
    expect(readConfig(configInput(edited(gone, mailer, () => undefined))).faults).toEqual([]);
    const next = updated(gone, '2026.12.0').after;
    expect([next.current.has(mailer), next.base.has(mailer)]).toEqual([false, false]);
  });
});

describe('both sides changed one key', () => {
  const mine = edited(
    installed('2026.9.0', values),
    platform,
    set('access_token_expire_minutes', '120'),
  );

  it("the operator's value stays live, and the place is named", () => {
    const { after, conflicts } = updated(mine, '2026.10.0');
    expect(toml(after).api?.access_token_expire_minutes).toBe(120);
    expect(conflicts).toMatchObject([
      { file: platform, change: { path: ['api', 'access_token_expire_minutes'] } },
    ]);
  });

  it("with theirs, the release's value is taken", () => {
    const { after } = updated(mine, '2026.10.0', { onConflict: 'theirs' });
    expect(toml(after).api?.access_token_expire_minutes).toBe(3600);
  });
});

describe('files that the operator deleted or broke', () => {
  it('a deleted file is not made again, and that is said', () => {
    const mine = edited(installed('2026.11.0', values), platform, () => undefined);
    const { after, outcomes } = updated(mine, '2026.12.0');
    expect(after.current.has(platform)).toBe(false);
    expect(outcomes.find(({ path }) => path === platform)?.note).toContain('was deleted by you');
  });

  it('a broken file is left to the byte, with the place of the fault; fixed, it gets what it missed', () => {
    const broken = edited(installed('2026.11.0', values), platform, (text) =>
      text.replace('port = 5432', 'port = = 5432'),
    );
    const { after, outcomes } = updated(broken, '2026.12.0');
    expect(after.current.get(platform)).toBe(broken.current.get(platform));
    const note = outcomes.find(({ path }) => path === platform)?.note;
    expect(note).toMatch(/^:\d+:\d+: /);
    const fixed = edited(after, platform, (text) => text.replace('= = 5432', '= 5432'));
    expect(toml(updated(fixed, '2026.12.0').after).telemetry).toBeDefined();
  });

  it('a broken docker-compose.yml stops the update before anything changes', () => {
    const broken = edited(installed('2026.11.0', values), compose, (text) =>
      text.replace('services:', 'services: ['),
    );
    expect(() => updated(broken, '2026.12.0')).toThrow(/docker-compose\.yml:\d+:\d+/);
  });

  it("the operator's edits of docker-compose.yml stand", () => {
    const mine = edited(installed('2026.11.0', values), compose, (text) =>
      text.replace('memory: 6144m', 'memory: 12g # we have 64 GB'),
    );
    const { after } = updated(mine, '2026.12.0');
    expect(after.current.get(compose)).toContain('memory: 12g # we have 64 GB\n');
    expect(services(after)).toContain('analytics');
  });
});

describe('docker-compose.override.yml', () => {
  const name = 'docker-compose.override.yaml';
  const text = '# mine\nservices:\n  mailer:\n    mem_limit: 1g\n  own:\n    image: busybox\n';

  it('that would point at a dropped service stops the update, with its line', () => {
    let error: unknown;
    try {
      updated(installed('2026.10.0', values), '2026.11.0', { override: { name, text } });
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({
      code: 'OVERRIDE_SERVICE_GONE',
      exitCode: 5,
      message: expect.stringContaining(name),
      faults: [{ file: `backend/${name}`, line: 3, key: 'services.mailer' }],
    });
  });

  it('does not stop it for a service that it removes itself', () => {
    const reset = 'services:\n  mailer: !reset null\n';
    const from = installed('2026.10.0', values);
    expect(updated(from, '2026.11.0', { override: { name, text: reset } })).toBeDefined();
  });

  it.each([
    ['a mount', 'volumes: ["./config/mailer.toml:/m"]', ''],
    ['a mount by its full path', 'volumes: ["/srv/proto/backend/config/mailer.toml:/m"]', ''],
    ['an environment', 'env_file: config/mailer.toml', ''],
    ['an environment that is optional', 'env_file: [{ path: config/mailer.toml }]', ''],
    ['a config', 'configs: [m]', 'configs: { m: { file: config/mailer.toml } }'],
    ['a secret', 'secrets: [m]', 'secrets: { m: { file: ./config/mailer.toml } }'],
  ])('keeps the file of a dropped service that is %s', (_what, setting, top) => {
    const using = `services:\n  own:\n    image: busybox\n    ${setting}\n${top}\n`;
    const from = installed('2026.10.0', values);
    const { after } = updated(from, '2026.11.0', { override: { name, text: using } });
    expect(after.current.has('backend/config/mailer.toml')).toBe(true);
  });

  it("does not stop it for a service of the operator's own, or one that stays", () => {
    const fine = 'services:\n  platform:\n    mem_limit: 1g\n  own:\n    image: busybox\n';
    expect(
      updated(installed('2026.10.0', values), '2026.11.0', { override: { name, text: fine } }),
    ).toBeDefined();
  });
});

const tagged = (from: Installed) => {
  const artifacts = [...Object.values(from.lock.images), ...Object.values(from.lock.bundles)];
  return new Map(artifacts.map((artifact) => [artifact.repository, artifact]));
};

/** The artifacts of the installed release, some of them pushed again. */
function pushedAgain(from: Installed, ...repositories: string[]) {
  const digest = `sha256:${'a'.repeat(64)}`;
  const pinned = [...tagged(from)].map(([repository, artifact]) => {
    const again = repositories.includes(repository);
    return [repository, again ? { ...artifact, digest } : artifact] as const;
  });
  return new Map(pinned);
}

describe('an update that changes no file', () => {
  const mine = installed('2026.11.0', values);
  const kinds = ({ plan }: { plan: { actions: readonly { kind: string }[] } }) =>
    plan.actions.map(({ kind }) => kind);

  it.each([
    ['another tag', { tag: 'beta' }],
    ['another registry', { registry: '123456789012.dkr.ecr.eu-central-1.amazonaws.com' }],
  ])('is something new with %s, although it has the same artifacts', (_, change) => {
    const { nothingNew, after, artifacts } = updated(mine, '2026.11.0', change);
    expect(nothingNew).toBe(false);
    expect(artifacts).toEqual([]);
    const { release, registry } = after.lock;
    expect({ tag: release.tag, registry }).toMatchObject(change);
    expect(updated(after, '2026.11.0', change).nothingNew).toBe(true);
  });

  it('is something new with another version of the configuration', () => {
    const lock = { ...mine.lock, release: { ...mine.lock.release, version: '2026.10.9' } };
    const { nothingNew, before, lock: next } = updated({ ...mine, lock }, '2026.11.0');
    expect(nothingNew).toBe(false);
    expect([before.version, next.release.version]).toEqual(['2026.10.9', '2026.11.0']);
  });

  it('neither logs in nor pulls for a static bundle alone', () => {
    const computed = updated(mine, '2026.11.0', { pinned: pushedAgain(mine, 'proto/web-app') });
    expect(computed.nothingNew).toBe(false);
    expect(computed.plan.actions).toEqual([
      { kind: 'fetch-bundle', repository: 'proto/web-app', folder: 'frontend' },
    ]);
    expect(computed.artifacts).toMatchObject([{ name: 'web-app', kind: 'bundle' }]);
  });

  it('fetches no bundle for an image alone', () => {
    const pinned = pushedAgain(mine, 'proto/platform');
    expect(kinds(updated(mine, '2026.11.0', { pinned }))).toEqual(['registry-login', 'pull']);
    const filesOnly = updated(mine, '2026.11.0', { pinned, withoutEngine: true });
    expect(filesOnly.plan.actions).toEqual([]);
    expect(filesOnly.nothingNew).toBe(false);
    const backup = '/srv/backup.tar';
    const { plan } = updated(mine, '2026.11.0', { pinned, backup });
    expect(plan.actions[0]).toEqual({ kind: 'backup', file: backup });
  });

  it('pulls the images of the release, each once, as they are pinned', () => {
    const { plan, images, lock } = updated(installed('2026.11.0', values), '2026.12.0');
    const pinned = Object.values(lock.images).map(({ digest }) => digest);
    expect(images.map((image) => image.split('@')[1]).sort()).toEqual([...new Set(pinned)].sort());
    expect(plan.actions).toContainEqual({ kind: 'pull', images });
  });

  it('is something new for one file alone, also for one that goes', () => {
    const more = new Map([...mine.base, ['backend/config/gone.toml', 'a = 1\n']]);
    const gone = updated({ ...mine, base: more, current: more }, '2026.11.0');
    expect(gone.plan.files.map(({ kind, path }) => [kind, path])).toEqual([
      ['delete', 'backend/config/gone.toml'],
    ]);
    expect([gone.nothingNew, gone.artifacts]).toEqual([false, []]);
    expect(gone.after.current.has('backend/config/gone.toml')).toBe(false);
  });

  it('fetches no bundle because one goes', () => {
    const folder = 'old';
    const more = { ...tagged(mine).get('proto/web-app'), repository: 'proto/gone', folder };
    const bundles = { ...mine.lock.bundles, gone: more };
    const before = { ...mine, lock: { ...mine.lock, bundles } as Installed['lock'] };
    const { plan, artifacts } = updated(before, '2026.11.0');
    expect(plan.actions).toEqual([]);
    expect(artifacts).toEqual([{ name: 'gone', kind: 'bundle', before: more }]);
  });

  it('pulls nothing because an image goes', () => {
    const more = { ...tagged(mine).get('proto/platform'), repository: 'proto/gone' };
    const images = { ...mine.lock.images, gone: more };
    const before = { ...mine, lock: { ...mine.lock, images } as Installed['lock'] };
    const computed = updated(before, '2026.11.0');
    expect(computed.plan.actions).toEqual([]);
    expect(computed.artifacts).toEqual([{ name: 'gone', kind: 'image', before: more }]);
    expect(computed.nothingNew).toBe(false);
  });

  it('is refused where an artifact is not known, which is named', () => {
    const pinned = tagged(mine);
    pinned.delete('proto/chatbot');
    expect(() => updated(mine, '2026.11.0', { pinned })).toThrow(
      expect.objectContaining({
        code: 'OFFLINE_NOT_ENOUGH',
        message: expect.stringContaining('proto/chatbot'),
      }),
    );
  });
});

describe('--on-conflict=stop', () => {
  it('names each place in the files as they are, by file, line and key, and passes without one', () => {
    let mine = edited(
      installed('2026.9.0', values),
      platform,
      set('access_token_expire_minutes', '120'),
    );
    mine = edited(mine, compose, (text) => text.replace(/image: \S*bucket\S*/, 'image: mine'));
    const lineIn = (file: string, start: string) => {
      const lines = (mine.current.get(file) ?? '').split('\n');
      return lines.findIndex((text) => text.trim().startsWith(start)) + 1;
    };
    const computed = updated(mine, '2026.10.0', { onConflict: 'stop' });
    expect(() => rejectConflicts(computed)).toThrow(
      expect.objectContaining({ code: 'CONFLICT', faults: expect.anything() }),
    );
    expect(
      computed.conflicts.map(({ file, change }) => [file, change.path.join('.'), change.line]),
    ).toEqual([
      [
        platform,
        'api.access_token_expire_minutes',
        lineIn(platform, 'access_token_expire_minutes'),
      ],
      [compose, 'services.bucket.image', lineIn(compose, 'image: mine')],
    ]);
    rejectConflicts(updated(installed('2026.9.0', values), '2026.10.0'));
  });
});

it('the parameters after an update are those of the files that it leaves', () => {
  const mine = edited(installed('2026.11.0', values), platform, set('algorithm', '"HS512"'));
  const input = {
    templates: release('2026.12.0'),
    current: mine.current,
  } as Parameters<typeof configAfter>[0];
  const { parameters } = configAfter(input, updated(mine, '2026.12.0'));
  const found = (wanted: string) =>
    parameters.find(({ key }) => key === wanted)?.places[0]?.current?.value;
  expect(found('api.algorithm')).toBe('HS512');
  expect(found('telemetry.key')).toBe('{YOUR_TELEMETRY_KEY}');
});

describe('the order of what is done', () => {
  it('pulls before it takes the platform down', () => {
    const { plan } = updated(installed('2026.11.0', values), '2026.12.0', { running: true });
    expect(plan.actions.map(({ kind }) => kind)).toEqual([
      'registry-login',
      'fetch-bundle',
      'fetch-bundle',
      'pull',
      'stop',
    ]);
  });
});

describe('a port of the database that the operator publishes', () => {
  const ports = 'services:\n  postgres:\n    ports: ["127.0.0.1:5432:5432"]\n';
  const networksAfter = (from: Installed, override?: string) => {
    const more =
      override === undefined
        ? {}
        : { override: { name: 'docker-compose.override.yml', text: override } };
    const { after } = updated(from, '2026.11.0', more);
    return parse(after.current.get('backend/docker-compose.yml') ?? '').networks;
  };

  it('keeps a network with a way out, without which Docker publishes nothing', () => {
    const before = installed('2026.10.0');
    expect(networksAfter(before).postgres.internal).toBe(true);
    expect(networksAfter(before, ports).postgres.internal).toBeUndefined();
    expect(networksAfter(before, ports).bucket.internal).toBe(true);
    const own = edited(before, 'backend/docker-compose.yml', (text) =>
      text.replace(/^ {2}postgres:\n/m, '$&    ports: ["127.0.0.1:5432:5432"]\n'),
    );
    expect(networksAfter(own).postgres.internal).toBeUndefined();
  });
});
