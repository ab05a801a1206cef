import { describe, expect, it } from 'vitest';
import { planSet, planUnset } from '../../src/config/plan-config.ts';
import { hbaFile, nginxFile } from '../../src/release/layout.ts';
import { configInput, parameterOf } from '../support/config-input.ts';
import { edited, type Installed, installed, updated } from '../support/releases.ts';

/** Hybrid hosting: what is made from access.toml, through settings and updates. */

const values = { YOUR_URL: 'data.example-bank.com', YOUR_ALLOWED_CIDRS: '203.0.113.0/24' };
const accessFile = 'backend/config/access.toml';
const start = () => installed('2026.11.0', values, 'hybrid');
const networks = ({ current }: Pick<Installed, 'current'>) =>
  (current.get(hbaFile) ?? '').match(/(?<=^hostssl {2}\S+ {2}\S+ {2})\S+/gm) ?? [];
const allowed = ({ current }: Installed) =>
  (current.get(nginxFile) ?? '').match(/(?<=allow )[^;]+/g) ?? [];

function set(from: Installed, key: string, value: string) {
  const input = configInput(from);
  const parameter = parameterOf(input, key);
  const computed = planSet(input, parameter, parameter.places, value);
  const current = new Map(from.current);
  for (const { path, content } of computed.plan.files) current.set(path, content.reveal());
  return { computed, after: { ...from, current } };
}

describe('a setting', () => {
  it('of the networks brings pg_hba.conf along, and names what follows by hand', () => {
    const { computed, after } = set(start(), 'access.allowed_cidrs', '198.51.100.0/24');
    expect(networks(after)).toEqual(['198.51.100.0/24']);
    expect(computed.changes.map(({ file }) => file)).toEqual([accessFile, hbaFile]);
    expect(computed.restart).toEqual(['postgres']);
    expect(computed.follows).toEqual(['nginx']);
  });

  it('of the host name touches no network, and wants another certificate', () => {
    const { computed, after } = set(start(), 'access.host', 'other.example-bank.com');
    expect(networks(after)).toEqual(['203.0.113.0/24']);
    expect(computed.restart).toEqual([]);
    expect(computed.follows).toEqual(['certificate', 'nginx']);
  });

  it('taken back brings the networks of the release’s render back', () => {
    const { after } = set(start(), 'access.allowed_cidrs', '198.51.100.0/24');
    const input = configInput(after);
    const parameter = parameterOf(input, 'access.allowed_cidrs');
    const computed = planUnset(input, parameter, parameter.places);
    const hba = computed.plan.files.find(({ path }) => path === hbaFile);
    expect(networks({ current: new Map([[hbaFile, hba?.content.reveal() ?? '']]) })).toEqual([
      '203.0.113.0/24',
    ]);
  });

  it('of nothing of it leaves pg_hba.conf alone, whatever access.toml has by hand', () => {
    const byHand = edited(start(), accessFile, (text) =>
      text.replace('"203.0.113.0/24"', '"nonsense"'),
    );
    const { computed, after } = set(byHand, 'bucket.name', 'files');
    expect(computed.changes.map(({ file }) => file)).toEqual(['backend/config/bucket.toml']);
    expect(networks(after)).toEqual(['203.0.113.0/24']);
    const { after: host } = set(byHand, 'access.host', 'other.example-bank.com');
    expect(networks(host)).toEqual(['203.0.113.0/24']);
  });
});

describe('an update', () => {
  it('with nothing changed changes nothing', () => {
    const computed = updated(start(), '2026.11.0');
    expect(computed.plan.files).toEqual([]);
  });

  it('keeps networks that were set since, beside lines of the operator’s own', () => {
    const { after } = set(start(), 'access.allowed_cidrs', '198.51.100.0/24, 192.0.2.0/24');
    const own = edited(after, hbaFile, (text) => `${text}hostssl all reports 10.0.0.9/32 cert\n`);
    const { after: now, conflicts } = updated(own, '2026.12.0');
    expect(conflicts).toEqual([]);
    expect(networks(now)).toEqual(['198.51.100.0/24', '192.0.2.0/24']);
    expect(now.current.get(hbaFile)).toContain('hostssl all reports 10.0.0.9/32 cert\n');
    expect(allowed(now)).toEqual(['198.51.100.0/24', '192.0.2.0/24']);
    expect(updated(now, '2026.12.0').plan.files).toEqual([]);
  });

  it('takes networks up that were set in access.toml by hand', () => {
    const byHand = edited(start(), accessFile, (text) =>
      text.replace('"203.0.113.0/24"', '"192.0.2.0/24"'),
    );
    const { after } = updated(byHand, '2026.12.0');
    expect(networks(after)).toEqual(['192.0.2.0/24']);
    expect(allowed(after)).toEqual(['192.0.2.0/24']);
  });

  it('does not open again what the operator closed in pg_hba.conf', () => {
    const closed = edited(start(), hbaFile, (text) => text.replace(/^hostssl.*\n/m, ''));
    expect(networks(updated(closed, '2026.12.0').after)).toEqual([]);
  });

  it('does not shut the vendor out where access.toml is broken', () => {
    for (const broken of ['allowed_cidrs = "nonsense"', 'allowed_cidrs = ']) {
      const byHand = edited(start(), accessFile, (text) =>
        text.replace(/allowed_cidrs = .*/, broken),
      );
      const { after } = updated(byHand, '2026.12.0');
      expect(networks(after)).toEqual(['203.0.113.0/24']);
      expect(allowed(after)).toEqual(['203.0.113.0/24']);
    }
  });

  it('over all later releases has the database, the bucket and nothing else', () => {
    const last = updated(updated(start(), '2026.12.0').after, '2027.1.0').after;
    expect(Object.keys(last.lock.images)).toEqual(['postgres', 'bucket']);
    expect([...last.current.keys()].filter((path) => path.endsWith('.toml'))).toEqual([
      accessFile,
      'backend/config/bucket.toml',
      'proto.toml',
    ]);
  });
});
